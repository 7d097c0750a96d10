"""Subsidies with the trees of what became of them."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.access.permissions.making import CreateOnlyAdmin
from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin
from accounts.people.models import Koc
from commissions.subsidies.domain.icicles import icicle
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidy_trees import SubsidyNode, SubsidyTree, subsidy_tree
from commissions.subsidies.services.subsidies import end_subsidy, grant_subsidy
from foundation.admin.actions import each
from foundation.admin.columns import amount, page
from foundation.admin.fields import MoneyField
from foundation.admin.pages import link, moment, table
from foundation.texts.amounts import shown

MOST = 2_000  # nodes of a tree that are drawn
LISTED = 300
WIDTH, BAR = 660, 30

KINDS = {"grant": _("granted by the brand"), **dict(Allocation.Kind.choices)}  # of a node in the tree of a subsidy


class GrantForm(forms.ModelForm):
    own = MoneyField(
        path="koc__brand", label=_("For themself"), initial=0, help_text=_("on their next statement, taxed as income")
    )
    to_hand_on = MoneyField(
        path="koc__brand", label=_("To hand on"), initial=0, help_text=_("inside their own tree, as they decide")
    )
    key = forms.CharField(label="", widget=forms.HiddenInput, max_length=64, initial=lambda: uuid.uuid4().hex)

    class Meta:
        model = Subsidy
        fields = ("koc", "own", "to_hand_on", "may_pass_on", "expires_at", "note", "key")


@admin.register(Subsidy)
class SubsidyAdmin(CreateOnlyAdmin):
    list_display = [
        "koc",
        "brand",
        "own",
        "to_hand_on",
        "allocated",
        "left",
        "expires_at",
        "granted_by",
        "granted_at",
    ]
    list_filter = [
        ("brand", OnlyOwn),
        "may_pass_on",
        ("parent", admin.EmptyFieldListFilter),
        "granted_at",
        "expires_at",
    ]
    search_fields = ["koc__key", "koc__name"]
    autocomplete_fields = ["koc"]
    actions = ["end"]
    readonly_fields = [
        "public_id",
        "koc_page",
        "parent_page",
        "own",
        "to_hand_on",
        "allocated",
        "returned",
        "left",
        "sums",
        "picture",
        "tree",
    ]
    own = amount("own_minor", _("for themself"))
    to_hand_on = amount("hand_on_minor", _("to hand on"))
    allocated = amount("allocated_minor", _("allocated"))
    returned = amount("returned_minor", _("returned"))
    koc_page = page("koc", _("KOC"))
    parent_page = page("parent", _("handed on from"))

    @display(description=_("left"))
    def left(self, subsidy: Subsidy) -> str:
        return shown(subsidy.left_minor, subsidy.brand.currency)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  the framework's
        return super().get_form(
            request, obj, change, **(kwargs if obj else kwargs | {"form": GrantForm, "fields": None})
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.readonly_fields) if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["koc", ("own", "to_hand_on"), "may_pass_on", "expires_at", "note", "key"]})]
        granted = [
            ("koc_page", "brand"),
            ("granted_by", "granted_at"),
            "parent_page",
            ("may_pass_on", "expires_at"),
            "ended_by",
            "note",
            "public_id",
        ]
        return [
            (None, {"fields": granted}),
            (_("Amounts"), {"fields": [("own", "to_hand_on"), ("allocated", "returned"), "left"]}),
            (_("What each yuan brought"), {"fields": ["sums", "picture", "tree"]}),
        ]

    def make(self, request: HttpRequest, form: Any) -> Subsidy:
        given, koc = form.cleaned_data, form.cleaned_data["koc"]
        terms = {name: given[name] for name in ("may_pass_on", "expires_at", "note", "key")}
        by: Any = request.user
        return grant_subsidy(
            brand=koc.brand,
            koc=koc,
            own_minor=given["own"],
            hand_on_minor=given["to_hand_on"],
            by=by,
            at=timezone.now(),
            **terms,
        )

    @action(description=_("Take back what is left"))
    def end(self, request: HttpRequest, queryset: QuerySet[Subsidy]) -> None:
        each(
            request,
            queryset.select_related("brand"),
            lambda subsidy: end_subsidy(subsidy=subsidy, by=request.user, at=timezone.now()),  # type: ignore[arg-type]
            "taken back",
        )

    @display(description=_("in sum"))
    def sums(self, subsidy: Subsidy) -> SafeString:
        tree, currency = _tree_of(subsidy), subsidy.brand.currency
        each_yuan = f"{tree.gmv_minor / tree.cost_minor:.2f}" if tree.cost_minor else "—"
        amounts = [shown(one, currency) for one in (tree.cost_minor, tree.gmv_minor)]
        rest = [shown(one, currency) for one in (tree.returned_minor, tree.left_minor)]
        found = table(
            [_("cost"), _("GMV"), _("GMV per 1 of cost"), _("orders"), _("returned"), _("left")],
            [[*amounts, each_yuan, f"{tree.orders:,}", *rest]],
        )
        cut = (
            format_html("<p>The first {} of the tree; <code>manage.py subsidies</code> has all.</p>", MOST)
            if len(tree.nodes) == MOST
            else ""
        )
        return format_html("{}{}", found, cut)

    @display(description=_("where it went"))
    def picture(self, subsidy: Subsidy) -> SafeString:
        return _picture(_tree_of(subsidy), subsidy.brand.currency)

    @display(description=_("what became of it"))
    def tree(self, subsidy: Subsidy) -> SafeString:
        currency = subsidy.brand.currency
        return table(
            [_("KOC"), _("what"), _("amount"), _("left"), _("since"), _("orders"), _("GMV")],
            [
                (
                    _indented(node), KINDS[node.kind], *(_amount(one, currency) for one in (node.money_minor + node.budget_minor, node.left_minor)),
                    _unbroken(moment(node.given_at)[:10]), f"{node.orders:,}", _amount(node.gmv_minor, currency),
                )
                for node in _tree_of(subsidy).nodes[:LISTED]
            ],
        )  # fmt: skip


def _tree_of(subsidy: Any) -> SubsidyTree:
    """Read once a page, which asks for it three times."""
    if not hasattr(subsidy, "read_tree"):
        subsidy.read_tree = subsidy_tree(subsidy, most=MOST)
    found: SubsidyTree = subsidy.read_tree
    return found


def _indented(node: SubsidyNode) -> SafeString:
    person = link(Koc(pk=node.koc_id), f"{node.koc_name} ({node.koc})")
    return format_html('<span style="padding-left: {}em; white-space: nowrap">{}</span>', 1.5 * node.depth, person)


def _unbroken(text: str) -> SafeString:
    return format_html('<span style="white-space: nowrap">{}</span>', text)


def _amount(amount_minor: int, currency: str) -> SafeString:
    """An amount on one line; a dash for 0."""
    return _unbroken(shown(amount_minor, currency) if amount_minor else "—")


def _picture(tree: SubsidyTree, currency: str) -> SafeString:
    """Every bar is as wide as its amount; the darker, the more GMV it brought for each 1. What a bar has nothing under
    is still there, or returned."""
    bars = icicle(
        (node.allocation, node.above, node.money_minor + node.budget_minor, node.money_minor) for node in tree.nodes
    )
    scale = WIDTH / max(1, bars[tree.root.allocation].width)
    drawn = (
        _bar(
            node,
            bars[node.allocation].start * scale,
            bars[node.allocation].width * scale,
            bars[node.allocation].row,
            currency,
        )
        for node in tree.nodes
    )
    height = BAR * (1 + max(bar.row for bar in bars.values()))
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        height,
        _("the tree of the subsidy"),
        format_html_join("", "{}", ((one,) for one in drawn)),
    )


def _bar(node: SubsidyNode, left: float, width: float, row: int, currency: str) -> SafeString:
    given = node.money_minor + node.budget_minor
    told = f"{node.koc_name} · {KINDS[node.kind]} {shown(given, currency)} · GMV {shown(node.gmv_minor, currency)}"
    name = node.koc_name if width > 12 * len(node.koc_name) else ""
    return format_html(
        '<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" fill="var(--color-primary-600)" fill-opacity="{}" '
        'stroke="currentColor" stroke-opacity="0.3"></rect>'
        '<text x="{}" y="{}" font-size="12" fill="currentColor">{}</text></g>',
        told, f"{left:.2f}", row * BAR, f"{width:.2f}", BAR - 2, f"{0.12 + 0.6 * min(1, node.gmv_minor / (10 * given)):.2f}",
        f"{left + 6:.2f}", row * BAR + 19, name,
    )  # fmt: skip


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    brand_path = "subsidy__brand"
    list_display = ["allocated_at", "giver", "to", "kind", "handed_on", "note"]
    list_select_related = ["subsidy__brand", "subsidy__koc", "to"]
    list_filter = ["kind", ("subsidy__brand", OnlyOwn), "allocated_at"]
    search_fields = ["subsidy__koc__key", "subsidy__koc__name", "to__key", "to__name"]
    fields = [
        ("giver", "to_page"),
        ("handed_on", "kind"),
        "subsidy_page",
        ("adjustment_page", "child_page"),
        "note",
        "allocated_at",
    ]
    giver = page("subsidy.koc", _("from"))
    to_page = page("to", _("to"))
    handed_on = amount("amount_minor", _("amount"), currency="subsidy.brand.currency")
    subsidy_page = page("subsidy", _("subsidy"))
    adjustment_page = page("adjustment", _("on a statement by"))
    child_page = page("child", _("right to hand on"))
