"""Payout batches: what is paid together, who made and who approved it, what the bank said. Every step is a page that
says what it will do."""

import io
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
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import OnlyOwn, own_brands
from accounts.access.permissions.stepping import ConfirmedActions, OfBrand
from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.payees.models.payees import Payee
from commissions.payouts.admin.payout_lines import known_payees, whom
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.rendering import layout_keys
from commissions.payouts.selectors import OF_LINES, Ready, moved_by, parts_of, ready_by_brand
from commissions.payouts.services.payout_exports import ExportedBatch, export_batch, files_of
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from commissions.payouts.services.payouts import MadeBatch, approve_batch, cancel_batch, make_batch
from foundation.admin.columns import amount, labelled
from foundation.admin.pages import link, list_of, moment, page_of, sections, table
from foundation.files.counts import counted
from foundation.files.faults import BadFile, Fault
from foundation.money.amounts import shown
from foundation.terminal.arguments import bounded

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
        choices=[("", "any 不限"), *Payee.Method.choices],
        required=False,
        label="only payees who are paid by 收款方式",
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(
        max_length=32,
        required=False,
        label="title: what payees read beside the payment 附言",
        widget=UnfoldAdminTextInputWidget,
    )


class Approving(forms.Form):
    seen_minor = forms.IntegerField(widget=forms.HiddenInput)


class Exporting(forms.Form):
    template = forms.ChoiceField(initial="generic", label="layout 文件模板", widget=UnfoldAdminSelectWidget)
    format = forms.ChoiceField(
        choices=[("", "as the layout says 按模板"), ("csv", "CSV"), ("xlsx", "XLSX")],
        required=False,
        label="format 格式",
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, layouts: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["template"]
        choice.choices = [(key, key) for key in layouts]


class Loading(OfBrand):
    file = forms.FileField(
        label="CSV: reference, status (paid, failed), amount, currency, bank_reference, reason, paid_at",
        widget=UnfoldAdminFileFieldWidget,
    )


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ConfirmedActions):
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
    search_fields = ["title", "=number", "=lines__reference"]
    ordering = ["-made_at", "-pk"]
    fieldsets = sections(
        {
            None: [("number", "title"), ("brand", "status"), ("lines_count", "total"), "next_step", "public_id"],
            "Who and when 经办": [
                ("made_by", "made_at"),
                ("approved_by", "approved_at"),
                ("exported_by", "exported_at"),
                ("template_key", "closed_at"),
                "cancelled",
            ],
            "Totals 合计": ["parts", "moved"],
            "Lines 明细": ["payments"],
        }
    )
    status_label = labelled("status", STATUS_LABELS)
    total = amount("total_minor", "total", currency="currency")
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

    @display(description="batch", ordering="number")
    def batch(self, batch: PayoutBatch) -> str:
        return str(batch)

    @display(description="next 下一步")
    def next_step(self, batch: Any) -> str:
        if batch.status == Status.DRAFT:
            if batch.made_by_id == batch.seen_by.pk:
                return "You made this batch, so somebody else has to approve it. 您是制单人，须由他人复核。"
            return f"Made by {batch.made_by}; look at the lines and approve it, or cancel it. 请核对明细后复核。"
        return {
            Status.APPROVED: "Export it for the bank: its money moves to paying. 可导出打款文件。",
            Status.EXPORTED: "Load the bank's results. The same file can be made again; nothing moves. 等待打款结果。",
            Status.CLOSED: "Every line has its result. 全部已有结果。",
            Status.CANCELLED: "Its statements are free for another batch. 已取消。",
        }[batch.status]

    @display(description="cancelled")
    def cancelled(self, batch: PayoutBatch) -> str:
        return f"{batch.cancelled_by}, {moment(batch.cancelled_at)}" if batch.cancelled_by else "—"

    @display(description="lines by status")
    def parts(self, batch: PayoutBatch) -> SafeString:
        rows = [
            (part.status.label, f"{part.count:,}", shown(part.amount_minor, batch.currency)) for part in parts_of(batch)
        ]
        return table(["status", "lines", "amount"], rows)

    @display(description="moved in the ledger")
    def moved(self, batch: PayoutBatch) -> SafeString:
        moved = moved_by(batch)
        return table(
            ["why", "amount"], [(reason.label, shown(moved.get(reason, 0), batch.currency)) for reason in OF_LINES]
        )

    @display(description="lines")
    def payments(self, batch: PayoutBatch) -> SafeString:
        """The first ones; all are in the list of payout lines."""
        lines = list(
            PayoutLine.objects.filter(batch=batch)
            .select_related("koc", "statement")
            .order_by("position")[:LINES_ON_A_PAGE]
        )
        payees = known_payees(lines)
        return table(
            ["payment", "KOC", "payee", "account", "statement", "amount", "status", "result", "reason"],
            [
                (
                    link(line, line.reference), link(line.koc), *whom(line, payees), link(line.statement, line.statement.period),
                    shown(line.amount_minor, batch.currency), line.get_status_display(), moment(line.result_at), line.reason,
                )
                for line in lines
            ],
        )  # fmt: skip

    @action(description="Make a draft 生成批次", url_path="make-draft", icon="add")
    def make_draft(self, request: HttpRequest) -> HttpResponseBase:
        brands = own_brands(request.user)

        def act(said: Drafting) -> HttpResponseRedirect:
            made = make_batch(**said.cleaned_data, made_by=cast(User, request.user), at=timezone.now())
            tell_of(request, made)
            return HttpResponseRedirect(page_of(made.batch))

        texts = [what(one) for one in ready_by_brand(brands)] or ["Nothing is ready. 暂无可打款的结算单。"]
        title, back, form = "Make a draft batch 生成打款批次", list_of(PayoutBatch), partial(Drafting, brands=brands)
        return self.step(request, act, title=title, texts=texts, submit="Make 生成", back=back, form=form)

    @action(description="Load results 导入打款结果", url_path="results", icon="upload_file")
    def load_results(self, request: HttpRequest) -> HttpResponseBase:
        return self._load(request, own_brands(request.user), list_of(PayoutBatch))

    @action(description="Approve 复核通过", url_path="approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)

        def act(said: Approving) -> str:
            approve_batch(batch=batch, by=cast(User, request.user), at=timezone.now(), **said.cleaned_data)
            return f"Batch {batch} is approved 已复核."

        texts = [f"{sum_of(batch)}, made by {batch.made_by}.", self.next_step(batch)]
        title, form = f"Approve 复核 {batch}", partial(Approving, initial={"seen_minor": batch.total_minor})
        return self.step(
            request, act, title=title, texts=texts, submit="Approve 复核通过", back=page_of(batch), form=form
        )

    @action(description="Export 导出打款文件", url_path="export", icon="download")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)
        keys = [batch.template_key] if batch.template_key else layout_keys(batch.brand)

        def act(said: Exporting) -> FileResponse:
            key, by = said.cleaned_data["template"], cast(User, request.user)
            exported = export_batch(batch=batch, template_key=key, by=by, at=timezone.now())
            return download(exported, said.cleaned_data["format"])

        texts = [f"{sum_of(batch)}.", self.next_step(batch)]
        title, form = f"Export 导出 {batch}", partial(Exporting, layouts=keys)
        return self.step(request, act, title=title, texts=texts, submit="Export 导出", back=page_of(batch), form=form)

    @action(description="Load results 导入打款结果", url_path="load-results", icon="upload_file")
    def results(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)
        return self._load(request, Brand.objects.filter(pk=batch.brand_id), page_of(batch))

    @action(description="Cancel 取消批次", url_path="cancel", icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        batch = self.found(request, object_id)

        def act(_form: Any) -> str:
            cancel_batch(batch=batch, by=cast(User, request.user), at=timezone.now())
            return f"Batch {batch} is cancelled 已取消."

        texts = [
            f"{counted(batch.lines_count, 'statement')} will be free for another batch. Nothing has gone to the bank. 其结算单可再次打款。"
        ]
        title, submit = f"Cancel 取消 {batch}", "Cancel the batch 取消批次"
        return self.step(request, act, title=title, texts=texts, submit=submit, back=page_of(batch))

    def _load(self, request: HttpRequest, brands: QuerySet[Brand], back: str) -> HttpResponseBase:
        def act(said: Loading) -> str:
            brand = said.cleaned_data["brand"]
            return told(load(brand, said.cleaned_data["file"]), brand.currency)

        texts = ["All or nothing; the same file again changes nothing. 全部成功或全部不变；重复导入无影响。"]
        title, form = "Load the bank's results 导入打款结果", partial(Loading, brands=brands)
        return self.step(request, act, title=title, texts=texts, submit="Load 导入", back=back, form=form)


def sum_of(batch: PayoutBatch) -> str:
    return f"{counted(batch.lines_count, 'line')}, {shown(batch.total_minor, batch.currency)}"


def what(ready: Ready) -> str:
    amount = shown(ready.amount_minor, ready.currency)
    return f"{ready.brand}: {counted(ready.count, 'statement')} of {amount} ready 可打款; {ready.no_payee:,} of them without a payee, which stay out 缺收款人."


def tell_of(request: HttpRequest, made: MadeBatch) -> None:
    batch = made.batch
    messages.success(request, f"Batch {batch}: {sum_of(batch)}.")
    if made.no_payee:
        first = ", ".join(made.no_payee[:20]) + ("…" if len(made.no_payee) > 20 else "")
        messages.warning(request, f"{counted(len(made.no_payee), 'KOC')} without a payee left out 缺收款人: {first}")
    if made.other_method:
        messages.info(request, f"{counted(made.other_method, 'statement')} to be paid by another method left out.")


def load(brand: Brand, upload: Any) -> ResultsLoaded:
    with io.TextIOWrapper(upload.file, encoding="utf-8-sig", newline="") as lines:
        try:
            return record_results(brand=brand, lines=bounded(lines, upload.name), name=upload.name, at=timezone.now())
        except UnicodeDecodeError:
            raise BadFile(upload.name, [Fault(1, "is not UTF-8")]) from None


def told(loaded: ResultsLoaded, currency: str) -> str:
    paid, failed = shown(loaded.paid_minor, currency), shown(loaded.failed_minor, currency)
    return f"{loaded.tally}; newly paid 已打款 {loaded.paid:,} of {paid}, failed 失败 {loaded.failed:,} of {failed}."


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
