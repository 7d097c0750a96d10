"""Payout batches: what is paid together, who made and who approved it, what the bank said. Every step is a page that
says what it will do."""

from functools import partial
from tempfile import TemporaryFile
from typing import Any, cast
from zipfile import ZipFile

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import OnlyOwn, own_brands
from accounts.access.permissions.stepping import ConfirmedActions, OfBrand
from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.payees.models.payees import Payee
from commissions.payouts.admin.payout_lines import known_payees, whom
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.rendering import layout_keys, result_layout_keys
from commissions.payouts.selectors import OF_LINES, Ready, moved_by, parts_of, ready_by_brand
from commissions.payouts.services.payout_exports import ExportedBatch, export_batch, files_of
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from commissions.payouts.services.payouts import MadeBatch, approve_batch, cancel_batch, make_batch
from foundation.admin.columns import amount, labelled
from foundation.admin.pages import full_moment, link, list_of, moment, page_of, sections, table
from foundation.files.lines import read_lines
from foundation.texts.amounts import shown
from foundation.texts.translation import Text

Status = PayoutBatch.Status
LINES_ON_A_PAGE = 200
STATUS_LABELS = {
    Status.DRAFT: "warning",
    Status.APPROVED: "info",
    Status.EXPORTED: "info",
    Status.CLOSED: "success",
    Status.CANCELLED: "danger",
}
STEPS = {  # what can be done with a batch, by its status; who made it does not approve it
    Status.DRAFT: {"approve", "cancel"},
    Status.APPROVED: {"export", "cancel"},
    Status.EXPORTED: {"export", "results"},
    Status.CLOSED: {"export", "results"},
    Status.CANCELLED: set(),
}


class Drafting(OfBrand):
    method = forms.ChoiceField(
        choices=[("", _("any")), *Payee.Method.choices],
        required=False,
        label=_("only payees who are paid by"),
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(
        max_length=32,
        required=False,
        label=_("title: what payees read beside the payment"),
        widget=UnfoldAdminTextInputWidget,
    )


class Approving(forms.Form):
    seen_minor = forms.IntegerField(widget=forms.HiddenInput)


class Exporting(forms.Form):
    template = forms.ChoiceField(initial="generic", label=_("layout"), widget=UnfoldAdminSelectWidget)
    format = forms.ChoiceField(
        choices=[("", _("as the layout says")), ("csv", "CSV"), ("xlsx", "XLSX")],
        required=False,
        label=_("format"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, layouts: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["template"]
        choice.choices = [(key, key) for key in layouts]


class Loading(OfBrand):
    file = forms.FileField(
        label=_(
            "the bank's file of results: CSV, in UTF-8 or GBK, or XLSX; Grove's own has reference, status, amount …"
        ),
        widget=UnfoldAdminFileFieldWidget,
    )
    layout = forms.ChoiceField(required=False, label=_("layout"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, brands=brands, **kwargs)
        choice: Any = self.fields["layout"]
        choice.choices = [("", _("as its head says")), *((key, key) for key in result_layout_keys(brands))]


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ConfirmedActions):
    is_small = True
    list_display = [
        "batch",
        "brand",
        "status_label",
        "lines_count",
        "total",
        "made_by",
        "approved_by",
        "exported_at",
        "closed_at",
    ]
    list_filter = ["status", ("brand", OnlyOwn), "made_at", "exported_at"]
    search_fields = ["title", "=number"]
    ordering = ["-made_at", "-pk"]
    fieldsets = sections(
        {
            None: [("number", "title"), ("brand", "status"), ("lines_count", "total"), "next_step", "public_id"],
            _("Who and when"): [
                ("made_by", "made_at"),
                ("approved_by", "approved_at"),
                ("exported_by", "exported_at"),
                ("template_key", "closed_at"),
                "cancelled",
            ],
            _("Totals"): ["parts", "moved"],
            _("Lines"): ["payments"],
        }
    )
    status_label = labelled("status", STATUS_LABELS)
    total = amount("total_minor", _("total"), currency="currency")
    actions_list = ["make_draft", "load_results"]
    actions_detail = ["approve", "export", "results", "cancel"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        batch: Any = super().get_object(request, object_id, from_field)
        if batch is not None:
            batch.seen_by = request.user  # what one may do next depends on who looks
        return batch

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        batch = self.get_object(request, object_id)
        steps = (
            set()
            if batch is None
            else STEPS[batch.status] - ({"approve"} if batch.made_by_id == request.user.pk else set())
        )
        return [
            one for one in super().get_actions_detail(request, object_id) if one.action_name.rsplit("_", 1)[-1] in steps
        ]

    @display(description=_("batch"), ordering="number")
    def batch(self, batch: PayoutBatch) -> str:
        return str(batch)

    @display(description=_("next"))
    def next_step(self, batch: Any) -> Text:
        if batch.status == Status.DRAFT:
            if batch.made_by_id == batch.seen_by.pk:
                return _("You made this batch, so somebody else has to approve it.")
            return _("Made by %(made_by)s; look at the lines and approve it, or cancel it.") % {
                "made_by": batch.made_by
            }
        return {
            Status.APPROVED: _("Export it for the bank: its money moves to paying."),
            Status.EXPORTED: _("Load the bank's results. The same file can be made again; nothing moves."),
            Status.CLOSED: _("Every line has its result."),
            Status.CANCELLED: _("Its statements are free for another batch."),
        }[batch.status]

    @display(description=_("cancelled"))
    def cancelled(self, batch: PayoutBatch) -> str:
        return f"{batch.cancelled_by}, {full_moment(batch.cancelled_at)}" if batch.cancelled_by else "—"

    @display(description=_("lines by status"))
    def parts(self, batch: PayoutBatch) -> SafeString:
        rows = [
            (part.status.label, f"{part.count:,}", shown(part.amount_minor, batch.currency)) for part in parts_of(batch)
        ]
        return table([_("status"), _("lines"), _("amount")], rows)

    @display(description=_("moved in the ledger"))
    def moved(self, batch: PayoutBatch) -> SafeString:
        moved = moved_by(batch)
        return table(
            [_("why"), _("amount")],
            [(reason.label, shown(moved.get(reason, 0), batch.currency)) for reason in OF_LINES],
        )

    @display(description=_("lines"))
    def payments(self, batch: PayoutBatch) -> SafeString:
        """The first ones; all are in the list of payout lines."""
        lines = list(
            PayoutLine.objects.filter(batch=batch)
            .select_related("koc", "statement")
            .order_by("position")[:LINES_ON_A_PAGE]
        )
        payees = known_payees(lines)
        return table(
            [
                _("payment"), _("KOC"), _("payee"), _("account"), _("statement"), _("amount"), _("status"), _("result"), _("reason"),
            ],
            [
                (
                    link(line, line.reference), link(line.koc), *whom(line, payees), link(line.statement, line.statement.period),
                    shown(line.amount_minor, batch.currency), line.get_status_display(),
                    moment(line.returned_at or line.return_told_at or line.result_at), line.reason,
                )
                for line in lines
            ],
        )  # fmt: skip

    @action(description=_("Make a draft"), url_path="make-draft", icon="add")
    def make_draft(self, request: HttpRequest) -> HttpResponseBase:
        brands = own_brands(request.user)

        def act(said: Drafting) -> HttpResponseRedirect:
            made = make_batch(**said.cleaned_data, made_by=cast(User, request.user), at=timezone.now())
            tell_of(request, made)
            return HttpResponseRedirect(page_of(made.batch))

        texts: list[Text] = [what(one) for one in ready_by_brand(brands)] or [_("Nothing is ready.")]
        title, back, form = _("Make a draft batch"), list_of(PayoutBatch), partial(Drafting, brands=brands)
        return self.step(request, act, title=title, texts=texts, submit=_("Make"), back=back, form=form)

    @action(description=_("Load results"), url_path="results", icon="upload_file")
    def load_results(self, request: HttpRequest) -> HttpResponseBase:
        return self._load(request, own_brands(request.user), list_of(PayoutBatch))

    @action(description=_("Approve"), url_path="approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)

        def act(said: Approving) -> str:
            approve_batch(batch=batch, by=cast(User, request.user), at=timezone.now(), **said.cleaned_data)
            return capfirst(_("%(batch)s is approved") % {"batch": batch})

        texts = [_("%(sum)s, made by %(who)s") % {"sum": sum_of(batch), "who": batch.made_by}, self.next_step(batch)]
        title, form = (
            _("Approve %(batch)s") % {"batch": batch},
            partial(Approving, initial={"seen_minor": batch.total_minor}),
        )
        return self.step(request, act, title=title, texts=texts, submit=_("Approve"), back=page_of(batch), form=form)

    @action(description=_("Export"), url_path="export", icon="download")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)
        keys = [batch.template_key] if batch.template_key else layout_keys(batch.brand)

        def act(said: Exporting) -> FileResponse:
            key, by = said.cleaned_data["template"], cast(User, request.user)
            exported = export_batch(batch=batch, template_key=key, by=by, at=timezone.now())
            return download(exported, said.cleaned_data["format"])

        texts = [sum_of(batch), self.next_step(batch)]
        title, form = _("Export %(batch)s") % {"batch": batch}, partial(Exporting, layouts=keys)
        return self.step(request, act, title=title, texts=texts, submit=_("Export"), back=page_of(batch), form=form)

    @action(description=_("Load results"), url_path="load-results", icon="upload_file")
    def results(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)
        return self._load(request, Brand.objects.filter(pk=batch.brand_id), page_of(batch))

    @action(description=_("Cancel"), url_path="cancel", icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)

        def act(_form: Any) -> str:
            cancel_batch(batch=batch, by=cast(User, request.user), at=timezone.now())
            return capfirst(_("%(batch)s is cancelled") % {"batch": batch})

        texts = [
            _("Statements that will be free for another batch: %(count)s. Nothing has gone to the bank.")
            % {"count": f"{batch.lines_count:,}"}
        ]
        title, submit = _("Cancel %(batch)s") % {"batch": batch}, _("Cancel the batch")
        return self.step(request, act, title=title, texts=texts, submit=submit, back=page_of(batch))

    def _load(self, request: HttpRequest, brands: QuerySet[Brand], back: str) -> HttpResponseBase:
        def act(said: Loading) -> str:
            brand = said.cleaned_data["brand"]
            return told(load(brand, said.cleaned_data["file"], said.cleaned_data["layout"]), brand.currency)

        texts = [_("All or nothing; the same file again changes nothing.")]
        title, form = _("Load the bank's results"), partial(Loading, brands=brands)
        return self.step(request, act, title=title, texts=texts, submit=_("Load"), back=back, form=form)


def sum_of(batch: PayoutBatch) -> str:
    return ngettext("%(count)s payment, %(amount)s", "%(count)s payments, %(amount)s", batch.lines_count) % {
        "count": f"{batch.lines_count:,}",
        "amount": shown(batch.total_minor, batch.currency),
    }


def what(ready: Ready) -> str:
    amount = shown(ready.amount_minor, ready.currency)
    return _(
        "%(brand)s, ready to be paid: %(count)s statements, %(amount)s. Left out for want of a payee: %(no_payee)s."
    ) % {
        "brand": ready.brand,
        "count": f"{ready.count:,}",
        "amount": amount,
        "no_payee": f"{ready.no_payee:,}",
    }


def tell_of(request: HttpRequest, made: MadeBatch) -> None:
    batch = made.batch
    messages.success(request, f"{batch}: {sum_of(batch)}")
    if made.no_payee:
        first = ", ".join(made.no_payee[:20]) + ("…" if len(made.no_payee) > 20 else "")
        messages.warning(
            request,
            _("KOCs without a payee, left out: %(count)s (%(first)s)")
            % {"count": f"{len(made.no_payee):,}", "first": first},
        )
    if made.other_method:
        messages.info(
            request,
            _("Statements to be paid by another method, left out: %(count)s") % {"count": f"{made.other_method:,}"},
        )


def load(brand: Brand, upload: Any, layout: str) -> ResultsLoaded:
    lines = read_lines(upload.file, upload.name)
    return record_results(brand=brand, lines=lines, name=upload.name, at=timezone.now(), layout=layout)


def told(loaded: ResultsLoaded, currency: str) -> str:
    paid, failed = shown(loaded.paid_minor, currency), shown(loaded.failed_minor, currency)
    said = _("%(tally)s. Newly paid: %(paid)s, %(paid_amount)s. Failed: %(failed)s, %(failed_amount)s.") % {
        "tally": loaded.tally,
        "paid": f"{loaded.paid:,}",
        "paid_amount": paid,
        "failed": f"{loaded.failed:,}",
        "failed_amount": failed,
    }
    if loaded.returned:
        amount = shown(loaded.returned_minor, currency)
        said += _(" Given back: %(count)s, %(amount)s.") % {"count": f"{loaded.returned:,}", "amount": amount}
    if loaded.processing:
        said += _(" Still processing, no result yet: %(count)s.") % {"count": f"{loaded.processing:,}"}
    return said


def download(exported: ExportedBatch, format: str) -> FileResponse:
    """The batch's file; several of them as one archive."""
    files = files_of(exported, format=format)
    whole = TemporaryFile()  # noqa: SIM115  the response closes it
    if len(files) == 1:
        files[0].write(whole)
        name = files[0].name
    else:
        with ZipFile(whole, "w") as archive:
            for file in files:
                with archive.open(file.name, "w") as part:
                    file.write(cast(Any, part))
        name = f"{files[0].name.rsplit('-', 1)[0]}.zip"
    whole.seek(0)
    return FileResponse(whole, as_attachment=True, filename=name)
