import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.management.base import CommandParser
from django.utils import timezone
from matplotlib.figure import Figure

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from backoffice.spread.selectors.decay import DecayLayer, decay_curve
from backoffice.spread.selectors.scopes import scope_of
from foundation.files.faults import Refusal
from foundation.money.amounts import shown
from foundation.terminal.arguments import moment_or, save_picture
from foundation.terminal.tables import aligned
from referrals.propagation.rendering.charts import decay_picture, growth_picture
from referrals.propagation.selectors.forests import ReadForest, shares_of
from referrals.propagation.selectors.slices import SLICED, Slice, slices_of
from referrals.propagation.selectors.spread import Spread, loss_without, spread_of
from referrals.propagation.selectors.uses import Growth, Use, growth_by_invitations, growth_by_shares, use_of

SCOPES = ("kit", "koc", "community", "campaign")
DAYS_MOST = 36_500


class Measured(NamedTuple):
    """What one run found."""

    brand: Brand
    spread: Spread
    layers: list[DecayLayer]
    use: Use
    loss: float | None
    slices: list[Slice]
    growth: dict[str, Growth]


class Command(BrandCommand):
    help = "How far a brand's shares went, as a whole: reach, decay with depth, what each depth sold, who uses the kits; now or at a moment in the past."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kit", default="", metavar="KEY", help="only cascades that began with this kit")
        parser.add_argument(
            "--koc",
            default="",
            metavar="KEY",
            help="only what grew from this KOC's shares; also says what would be gone without it",
        )
        parser.add_argument(
            "--community", default="", metavar="CODE", help="only what grew from the shares of a community's KOCs"
        )
        parser.add_argument(
            "--campaign",
            default="",
            metavar="KEY",
            help="only cascades that began while a campaign ran, with a kit about its products",
        )
        parser.add_argument("--as-of", metavar="TIME", help="as it was then: ISO 8601 with a zone")
        parser.add_argument(
            "--window",
            type=int,
            default=30,
            metavar="DAYS",
            help="k of the whole brand: of what was sent in so many days before (30)",
        )
        parser.add_argument(
            "--follow",
            type=int,
            default=7,
            metavar="DAYS",
            help="k: for how long each is watched; what is younger is left out (7)",
        )
        parser.add_argument(
            "--by", choices=list(SLICED), help="also side by side, by a property of the share that began the cascade"
        )
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument("--plot", metavar="FILE", help="also draw the decay curve: .png or .svg")
        parser.add_argument("--growth", metavar="FILE", help="also draw how it grew over time: .png or .svg")

    def handle(self, *args: Any, **options: Any) -> None:
        brand, as_of = options["brand"], moment_or(timezone.now(), options["as_of"])
        scope = scope_of(brand, as_of=as_of, **{name: options[name] for name in SCOPES})
        spread = spread_of(scope.read, audience=scope.audience)
        layers = decay_curve(brand, scope.read, spread, as_of=as_of)
        loss = loss_without(shares_of(brand, None, as_of=as_of), scope.koc) if scope.koc else None
        use = use_of(brand, kit=scope.kit, as_of=as_of)
        slices = slices_of(brand, scope.read, options["by"]) if options["by"] else []
        is_whole_brand = not any(options[name] for name in SCOPES)
        growth = _growth_of(brand, as_of, window=options["window"], follow=options["follow"]) if is_whole_brand else {}
        write = self._json if options["format"] == "json" else self._table
        write(Measured(brand, spread, layers, use, loss, slices, growth))
        title = f"{scope.name}: n = {spread.shares:,}"
        if options["plot"]:
            save_picture(_decay(layers, title), options["plot"])
        if options["growth"]:
            save_picture(_growth(scope.read, title), options["growth"])
        closing = self.stdout if options["format"] == "table" else self.stderr
        closing.write(
            f"measured: {spread.shares} shares in {spread.cascades} cascades, {spread.visits} visits, reach {spread.reach}"
        )

    def _json(self, measured: Measured) -> None:
        brand, spread, layers, use, loss, slices, growth = measured
        report = asdict(spread) | {
            "layers": [asdict(layer) for layer in layers],
            "currency": brand.currency,
            "removal_loss": loss,
        }
        report |= {f"growth_by_{way}": asdict(k) | {"k_factor": k.k_factor} for way, k in growth.items()}
        report |= {"slices": [asdict(part) for part in slices]} if slices else {}
        report |= {
            "active_kocs": use.active,
            "kocs_who_shared": use.shared,
            "adoption": use.adoption,
            "reuse": use.reuse,
        }
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))

    def _table(self, measured: Measured) -> None:
        brand, spread, layers, use, loss, slices, growth = measured
        rows = [
            ["cascades", f"{spread.cascades:,}"],
            ["shares, n", f"{spread.shares:,}"],
            ["sharers", f"{spread.sharers:,}"],
            ["reach", f"{spread.reach:,}"],
            ["coverage", _part(spread.coverage)],
            ["largest cascade, n", f"{spread.largest:,}"],
            ["influence horizon", str(spread.influence_horizon)],
            ["decentralisation", _part(spread.decentralisation)],
            ["Gini of reach", "–" if spread.reach_gini is None else f"{spread.reach_gini:.3f}"],
            ["adoption", _part(use.adoption)],
            ["reuse", _part(use.reuse)],
            *([f"k by {way}", _k(k)] for way, k in growth.items()),
            *([["lost without this KOC", _part(loss)]] if loss is not None else []),
        ]
        for line in aligned(rows):
            self.stdout.write(line)
        self.stdout.write("")
        header = ["depth", "shares", "visits", "people", "orders", "GMV", "orders per visit", "95 %"]
        for line in aligned([header, *_layer_rows(layers, brand.currency)]):
            self.stdout.write(line)
        if slices:
            self.stdout.write("")
            header = [
                "began with",
                "cascades",
                "shares, n",
                "sharers",
                "visits",
                "reach",
                "largest, n",
                "median, n",
                "depth",
                "mean virality",
            ]
            for line in aligned([header, *map(_slice_row, slices)]):
                self.stdout.write(line)


def _growth_of(brand: Brand, as_of: datetime, *, window: int, follow: int) -> dict[str, Growth]:
    if not (0 < window <= DAYS_MOST and 0 < follow <= DAYS_MOST):
        raise Refusal(f"--window and --follow are days, from 1 to {DAYS_MOST:,}")
    since, watched = as_of - timedelta(days=window), timedelta(days=follow)
    ways = {"shares": growth_by_shares, "invitations": growth_by_invitations}
    return {way: growth(brand, since=since, until=as_of, follow=watched, as_of=as_of) for way, growth in ways.items()}


def _k(growth: Growth) -> str:
    k = "–" if growth.k_factor is None else f"{growth.k_factor:.3f}"
    return f"{k}, {growth.sent:,} sent brought {growth.brought:,}; {growth.young:,} too young"


def _slice_row(part: Slice) -> list[str]:
    counts = [part.cascades, part.shares, part.sharers, part.visits, part.reach, part.largest]
    virality = "–" if part.mean_virality is None else f"{part.mean_virality:.3f}"
    return [part.name, *(f"{count:,}" for count in counts), f"{part.median_size:g}", str(part.depth), virality]


def _part(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _layer_rows(layers: list[DecayLayer], currency: str) -> Iterator[list[str]]:
    for layer in layers:
        interval = "–" if layer.interval is None else f"{layer.interval.low:.2%} … {layer.interval.high:.2%}"
        counts = [layer.depth, layer.shares, layer.visits, layer.people, layer.orders]
        yield [*(f"{count:,}" for count in counts), shown(layer.gmv_minor, currency), _part(layer.conversion), interval]


def _decay(layers: list[DecayLayer], title: str) -> Figure:
    conversions = [
        (layer.conversion, layer.interval) if layer.conversion is not None and layer.interval else None
        for layer in layers
    ]
    counts = (
        [layer.shares for layer in layers],
        [layer.visits for layer in layers],
        [layer.orders for layer in layers],
    )
    return decay_picture(*counts, conversions, title=title)


def _growth(read: ReadForest, title: str) -> Figure:
    order = read.at.argsort(kind="stable")
    moments = [datetime.fromtimestamp(at / 1_000_000, tz=UTC) for at in read.at[order].tolist()]
    return growth_picture(moments, read.forest.depth[order].tolist(), title=title)
