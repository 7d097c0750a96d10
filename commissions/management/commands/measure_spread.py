import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from matplotlib.figure import Figure

from accounts.domain.columns import aligned
from accounts.domain.faults import Refusal
from accounts.domain.money import shown
from accounts.models import Brand, Koc
from accounts.selectors.brands import brand_by_slug
from accounts.selectors.files import moment_or, save_picture
from commissions.selectors.decay import DecayLayer, decay_curve
from content.selectors.named_kits import kit_by_key
from referrals.domain.propagation.charts import decay_picture, growth_picture
from referrals.selectors.forests import ReadForest, shares_below, shares_of
from referrals.selectors.spread import Spread, audience_of, loss_without, spread_of
from referrals.selectors.uses import Use, use_of


class Command(BaseCommand):
    help = "How far a brand's shares went, as a whole: reach, decay with depth, what each depth sold, who uses the kits; now or at a moment in the past."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--kit", metavar="KEY", help="only cascades that began with this kit")
        parser.add_argument("--koc", metavar="KEY", help="only what grew from this KOC's shares; also says what would be gone without it")
        parser.add_argument("--as-of", metavar="TIME", help="as it was then: ISO 8601 with a zone")
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument("--plot", metavar="FILE", help="also draw the decay curve: .png or .svg")
        parser.add_argument("--growth", metavar="FILE", help="also draw how it grew over time: .png or .svg")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = brand_by_slug(options["brand"])
        if options["kit"] and options["koc"]:
            raise Refusal("--kit or --koc, not both")
        as_of = moment_or(timezone.now(), options["as_of"])
        kit = kit_by_key(brand, options["kit"]) if options["kit"] else None
        koc = _koc(brand, options["koc"]) if options["koc"] else None
        read = shares_below(brand, kocs=[koc.pk], as_of=as_of) if koc else shares_of(brand, kit, as_of=as_of)
        spread = spread_of(read, audience=audience_of(brand, kit.audience_size if kit else None))
        layers = decay_curve(brand, read, spread, as_of=as_of)
        loss = loss_without(shares_of(brand, None, as_of=as_of), koc) if koc else None
        use = use_of(brand, kit=kit, as_of=as_of)
        tell = self._json if options["format"] == "json" else self._table
        tell(brand, spread, layers, use, loss)
        named = f"{brand.slug}{f' · {kit.key}' if kit else ''}{f' · {koc.key}' if koc else ''}: n = {spread.shares:,}"
        if options["plot"]:
            save_picture(_decay(layers, named), options["plot"])
        if options["growth"]:
            save_picture(_growth(read, named), options["growth"])
        closing = self.stdout if options["format"] == "table" else self.stderr
        closing.write(f"measured: {spread.shares} shares in {spread.cascades} cascades, {spread.visits} visits, reach {spread.reach}")

    def _json(self, brand: Brand, spread: Spread, layers: list[DecayLayer], use: Use, loss: float | None) -> None:
        told = asdict(spread) | {"layers": [asdict(layer) for layer in layers], "currency": brand.currency, "removal_loss": loss}
        told |= {"active_kocs": use.active, "kocs_who_shared": use.shared, "adoption": use.adoption, "reuse": use.reuse}
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))

    def _table(self, brand: Brand, spread: Spread, layers: list[DecayLayer], use: Use, loss: float | None) -> None:
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
            *([["lost without this KOC", _part(loss)]] if loss is not None else []),
        ]
        for line in aligned(rows):
            self.stdout.write(line)
        self.stdout.write("")
        header = ["depth", "shares", "visits", "people", "orders", "GMV", "orders per visit", "95 %"]
        for line in aligned([header, *_shown(layers, brand.currency)]):
            self.stdout.write(line)


def _koc(brand: Brand, key: str) -> Koc:
    koc: Koc | None = Koc.objects.filter(brand=brand, key=key).first()
    if koc is None:
        raise Refusal(f"{brand.slug} has no KOC {key}")
    return koc


def _part(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _shown(layers: list[DecayLayer], currency: str) -> Iterator[list[str]]:
    for layer in layers:
        between = "–" if layer.interval is None else f"{layer.interval.low:.2%} … {layer.interval.high:.2%}"
        counts = [layer.depth, layer.shares, layer.visits, layer.people, layer.orders]
        yield [*(f"{count:,}" for count in counts), shown(layer.gmv_minor, currency), _part(layer.conversion), between]


def _decay(layers: list[DecayLayer], named: str) -> Figure:
    conversions = [(layer.conversion, layer.interval) if layer.conversion is not None and layer.interval else None for layer in layers]
    counts = ([layer.shares for layer in layers], [layer.visits for layer in layers], [layer.orders for layer in layers])
    return decay_picture(*counts, conversions, title=named)


def _growth(read: ReadForest, named: str) -> Figure:
    order = read.at.argsort(kind="stable")
    moments = [datetime.fromtimestamp(at / 1_000_000, tz=UTC) for at in read.at[order].tolist()]
    return growth_picture(moments, read.forest.depth[order].tolist(), title=named)
