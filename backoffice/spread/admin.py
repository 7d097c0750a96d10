"""How word of mouth travels, as charts; and the cascades behind them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from matplotlib.figure import Figure
from unfold.decorators import display
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.access.permissions.staff import OnlyOwn, ReadOnlyAdmin, of_own_brands
from accounts.brands.models import Brand, Tier
from backoffice.spread.selectors.decay import DecayLayer, decay_curve
from content.kits.models import Kit
from foundation.admin.pages import anchor, link, moment, table
from foundation.pictures.figures import inline_svg
from foundation.texts.amounts import shown
from foundation.texts.translation import Text
from referrals.propagation.models import Cascade, CascadeLayer
from referrals.propagation.rendering.charts import decay_picture, growth_picture
from referrals.propagation.rendering.pictures import cascade_picture
from referrals.propagation.selectors.forests import ReadForest, largest_cascades, shares_of
from referrals.propagation.selectors.kits_compared import kits_at_like_size
from referrals.propagation.selectors.slices import Slice, slices_of
from referrals.propagation.selectors.spread import Spread, audience_of, spread_of
from referrals.propagation.selectors.uses import Use, use_of

TREES_DRAWN, NODES_DRAWN = 4, 300
SLICES = [("channel", _("channel")), ("kit", _("kit")), ("tier", _("tier")), ("week", _("week"))]
SIDE = [
    _("cascades"),
    _("n"),
    _("reach"),
    _("visits"),
    _("largest n"),
    _("median n"),
    _("depth"),
    _("mean virality"),
]


class SliceForm(forms.Form):
    """Which kit, as it was at the end of which day of the brand's zone, and side by side by what; empty: all of them,
    now, by channel."""

    kit = forms.ModelChoiceField(Kit.objects.none(), required=False, empty_label=_("all kits"), label=_("kit"))
    as_of = forms.DateField(required=False, label=_("as of the end of"), widget=forms.DateInput({"type": "date"}))
    by = forms.ChoiceField(choices=SLICES, required=False, label=_("side by side by"))

    def __init__(self, brand: Brand, asked: Any) -> None:
        super().__init__(asked)
        kits: Any = self.fields["kit"]
        kits.queryset = Kit.objects.filter(brand=brand).order_by("-pk")
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(BASE_INPUT_CLASSES)


@admin.register(Cascade)
class CascadeAdmin(ReadOnlyAdmin):
    """The cascades as they are kept, and the page of charts."""

    list_display = ["root", "shares", "people", "reach", "brand"]
    list_filter = [("brand", OnlyOwn)]
    search_fields = ["root__code", "root__key"]
    ordering = ["-shares"]
    readonly_fields = ["layers"]
    fields = [("root", "brand"), ("shares", "people", "reach"), "layers"]

    @display(description=_("by depth"))
    def layers(self, cascade: Cascade) -> SafeString:
        rows = CascadeLayer.objects.filter(root_id=cascade.pk).order_by("depth")[:100]
        told = [
            (
                row.depth,
                f"{row.shares:,}",
                f"{row.visits:,}",
                f"{row.people:,}",
                moment(row.first_at) if row.first_at else "—",
            )
            for row in rows
        ]
        return table([_("depth"), _("shares"), _("visits"), _("people"), _("first at")], told)

    def get_urls(self) -> list[URLPattern]:
        views = [
            ("spread/", self.brands, "commissions_spread_changelist"),
            ("spread/<int:brand>/", self.spread, "commissions_spread_change"),
        ]
        return [
            *(path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views),
            *super().get_urls(),
        ]

    def brands(self, request: HttpRequest) -> HttpResponse:
        """The brands whose spread one may see; who works for one brand is led to it."""
        brands = list(_brands(request).order_by("name"))
        if len(brands) == 1:
            return HttpResponseRedirect(reverse("admin:commissions_spread_change", args=[brands[0].pk]))
        listed = table([_("brand"), _("spread")], [(brand, _spread_link(brand)) for brand in brands])
        return render(request, "commissions/compliance_list.html", self._context(request) | {"brands": listed})

    def spread(self, request: HttpRequest, brand: int) -> HttpResponse:
        """Charts and tables of one brand. Raises Http404 for another's."""
        whose = get_object_or_404(_brands(request), pk=brand)
        form = SliceForm(whose, request.GET)
        page = _page(whose, **form.cleaned_data) if form.is_valid() else {}
        return render(request, "backoffice/spread.html", self._context(request) | {"brand": whose, "form": form} | page)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"title": _("Spread")}


def _brands(request: HttpRequest) -> QuerySet[Brand]:
    return of_own_brands(Brand.objects.all(), request.user, "pk")


def _spread_link(brand: Brand) -> SafeString:
    url = reverse("admin:commissions_spread_change", args=[brand.pk])
    return anchor(url, _("charts"))


def _page(brand: Brand, kit: Kit | None, as_of: date | None, by: str) -> dict[str, Any]:
    by = by or SLICES[0][0]
    at = (
        timezone.now()
        if as_of is None
        else datetime.combine(as_of + timedelta(days=1), datetime.min.time(), ZoneInfo(brand.timezone))
    )
    read = shares_of(brand, kit, as_of=at)
    spread = spread_of(read, audience=audience_of(brand, kit.audience_size if kit else None, at=at))
    layers = decay_curve(brand, read, spread, as_of=at)
    kits = {kit.key: kit for kit in Kit.objects.filter(brand=brand)}
    tiers = {tier.key: tier for tier in Tier.objects.filter(brand=brand)}
    pages: dict[str, Mapping[str, Model]] = {"kit": kits, "tier": tiers}
    named = f"{brand.name}{f' · {kit}' if kit else ''}: n = {spread.shares:,}"
    return {
        "figures": [*_figures(spread), *_used(use_of(brand, kit=kit, as_of=at))],
        "slices": table(
            [dict(SLICES)[by], *SIDE], [_side(one, pages.get(by, {})) for one in slices_of(brand, read, by)[-100:]]
        ),  # the latest weeks
        "layers": table(
            [
                _("depth"),
                _("shares"),
                _("visits"),
                _("people"),
                _("orders"),
                _("GMV"),
                _("orders per visit"),
                "95%",
            ],
            _rows(layers, brand),
        ),
        "kits": table(
            [
                "n",
                _("kit"),
                _("cascades"),
                _("mean n"),
                _("mean depth"),
                _("mean virality"),
                _("other kits of that size"),
            ],
            _compared(brand, at, kits),
        ),
        "pictures": [
            _drawn(_("The largest cascades, and the breadth by depth"), _trees(read, spread, named)),
            _drawn(_("Decay with depth"), _decay(layers, named)),
            _drawn(_("Growth over time"), _growth(read, named)),
        ],
    }


def _figures(spread: Spread) -> list[tuple[Text, str, Text]]:
    return [
        (_("cascades"), f"{spread.cascades:,}", _("shares that nobody led to, each with all that grew from it")),
        (_("shares, n"), f"{spread.shares:,}", _("how often a kit was shared")),
        (_("sharers"), f"{spread.sharers:,}", _("KOCs who shared")),
        (_("visits"), f"{spread.visits:,}", _("how often shares were opened, without robots and repeats")),
        (_("reach"), f"{spread.reach:,}", _("different people who shared or opened")),
        (
            _("coverage"),
            _part(spread.coverage),
            _("reach of the audience: what kits declare, else the KOCs and customers of the brand"),
        ),
        (_("largest cascade"), f"{spread.largest:,}", _("the shares in it")),
        (
            _("influence horizon"),
            str(spread.influence_horizon),
            _("the last depth that has at least a tenth of the shares of depth 1"),
        ),
        (
            _("decentralisation"),
            _part(spread.decentralisation),
            _("of the reach, what came at depth 2 or deeper: not from the first who shared"),
        ),
        (
            _("Gini of reach"),
            "—" if spread.reach_gini is None else f"{spread.reach_gini:.3f}",
            _("0: all reach as many people; 1: one reaches them all"),
        ),
    ]


def _used(use: Use) -> list[tuple[Text, str, Text]]:
    return [
        (_("adoption"), _part(use.adoption), _("of the active KOCs, those who shared a kit")),
        (_("reuse"), _part(use.reuse), _("of the KOCs who shared a kit, those who shared it again")),
    ]


def _side(one: Slice, pages: Mapping[str, Model]) -> tuple[str, ...]:
    counts = (one.cascades, one.shares, one.reach, one.visits, one.largest)
    virality = "—" if one.mean_virality is None else f"{one.mean_virality:.2f}"
    named = link(pages[one.name]) if one.name in pages else one.name
    return (named, *(f"{count:,}" for count in counts), f"{one.median_size:g}", str(one.depth), virality)


def _rows(layers: list[DecayLayer], brand: Brand) -> list[tuple[str, ...]]:
    return [
        (
            *(f"{count:,}" for count in (layer.depth, layer.shares, layer.visits, layer.people, layer.orders)),
            shown(layer.gmv_minor, brand.currency),
            _part(layer.conversion),
            f"{layer.interval.low:.2%} … {layer.interval.high:.2%}" if layer.interval else "—",
        )
        for layer in layers[:100]
    ]


def _compared(brand: Brand, as_of: datetime, kits: Mapping[str, Kit]) -> list[tuple[str, ...]]:
    return [
        (
            f"{row.least:,}–{2 * row.least - 1:,}",
            link(kits[row.kit]),
            f"{row.cascades:,}",
            f"{row.mean_size:,.1f}",
            f"{row.mean_depth:.2f}",
            f"{row.mean_virality:.2f}",
            f"{row.beside:,}",
        )
        for row in kits_at_like_size(brand, as_of=as_of)[:40]
    ]


def _part(value: float | None) -> str:
    return "—" if value is None else f"{value:.2%}"


def _trees(read: ReadForest, spread: Spread, named: str) -> Figure:
    drawn = largest_cascades(read, most=TREES_DRAWN, nodes_each=NODES_DRAWN)
    breadth = [layer.shares for layer in spread.layers if layer.shares]
    return cascade_picture(
        drawn,
        breadth,
        title=_("%(named)s, the %(drawn)s largest of %(cascades)s cascades")
        % {"named": named, "drawn": len(drawn), "cascades": f"{spread.cascades:,}"},
    )


def _decay(layers: list[DecayLayer], named: str) -> Figure:
    conversions = [
        (layer.conversion, layer.interval) if layer.conversion is not None and layer.interval else None
        for layer in layers
    ]
    return decay_picture(
        [layer.shares for layer in layers],
        [layer.visits for layer in layers],
        [layer.orders for layer in layers],
        conversions,
        title=named,
    )


def _growth(read: ReadForest, named: str) -> Figure:
    order = read.at.argsort(kind="stable")
    moments = [datetime.fromtimestamp(at / 1_000_000, tz=UTC) for at in read.at[order].tolist()]
    return growth_picture(moments, read.forest.depth[order].tolist(), title=named)


def _drawn(told: Text, figure: Figure) -> tuple[Text, SafeString]:
    """A picture within the page: no file, no script. Its only texts are `told`, and outlines of letters."""
    return told, mark_safe(inline_svg(figure, told=str(told)))  # noqa: S308
