import csv
import json
from dataclasses import asdict
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from matplotlib.figure import Figure

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from content.kits.models import Kit
from content.kits.selectors.named_kits import kit_by_key
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from foundation.terminal.arguments import moment_or, save_picture
from foundation.terminal.tables import aligned
from referrals.propagation.rendering.pictures import cascade_picture
from referrals.propagation.selectors.aggregates import aggregated_cascades
from referrals.propagation.selectors.forests import EVER, ReadForest, kocs_of, largest_cascades, shares_of
from referrals.propagation.selectors.propagation import CascadeMeasures, referral_cascades, share_cascades
from referrals.propagation.services.aggregation import aggregate_spread

COLUMNS = [
    "root",
    "size",
    "people",
    "depth",
    "max_breadth",
    "structural_virality",
    "breadth_by_depth",
    "reach",
    "coverage",
    "influence_horizon",
]
TREES_DRAWN, NODES_DRAWN = 6, 5_000
LAYERS_SHOWN = 8


class Command(BrandCommand):
    help = "Measure how word of mouth travelled: one row per cascade, ordered by its root. Times in JSON are seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kit", metavar="KEY", help="only cascades that began with this kit")
        parser.add_argument("--graph", choices=["shares", "referrals"], default="shares")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
        parser.add_argument("--as-of", metavar="TIME", help="as it was then: ISO 8601 with a zone")
        parser.add_argument(
            "--plot", metavar="FILE", help="also draw the largest cascades and the breadth by depth: .png or .svg"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        brand = options["brand"]
        if options["kit"] and options["graph"] == "referrals":
            raise Refusal("--kit goes with --graph shares: referrals have no kit")
        kit = kit_by_key(brand, options["kit"]) if options["kit"] else None
        as_of = moment_or(EVER, options["as_of"])
        cascades = (
            referral_cascades(brand, as_of=as_of)
            if options["graph"] == "referrals"
            else self._shares(brand, kit, as_of)
        )
        {"table": self._table, "json": self._json, "csv": self._csv}[options["format"]](cascades)
        if options["plot"]:
            read = (
                kocs_of(brand, as_of=as_of) if options["graph"] == "referrals" else shares_of(brand, kit, as_of=as_of)
            )
            label = f"{brand.slug}{f' · {kit.key}' if kit else ''}: {options['graph']}"
            save_picture(self._picture(read, label, cascades), options["plot"])
        # A file must hold nothing but its rows, so for the machine formats the count goes beside it.
        closing = self.stdout if options["format"] == "table" else self.stderr
        closing.write(
            f"{options['graph']}: {counted(len(cascades), 'cascade')}, n = {sum(cascade.size for cascade in cascades)}"
        )

    def _shares(self, brand: Brand, kit: Kit | None, as_of: datetime) -> list[CascadeMeasures]:
        """The current ones are read from the aggregates, when few facts are left to aggregate."""
        if as_of == EVER and aggregate_spread(brand=brand, at=timezone.now(), batches=1):
            return aggregated_cascades(brand, kit=kit)
        return share_cascades(brand, kit=kit, as_of=as_of)

    def _csv(self, cascades: list[CascadeMeasures]) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for cascade in cascades:
            writer.writerow([_cell(getattr(cascade, column)) for column in COLUMNS])

    def _json(self, cascades: list[CascadeMeasures]) -> None:
        rows = []
        for cascade in cascades:
            row = {"root": cascade.root} | asdict(cascade)
            row["time_to_depth"] = row.pop("time_to_depth_seconds")
            rows.append(json.dumps(row, ensure_ascii=False))
        self.stdout.write("[" + ",\n ".join(rows) + "]")

    def _table(self, cascades: list[CascadeMeasures]) -> None:
        header = [
            "root",
            "n",
            "people",
            "depth",
            "widest",
            "virality",
            "reach",
            "coverage",
            "horizon",
            "breadth by depth",
        ]
        rows = [header, *(_table_row(cascade) for cascade in cascades)]
        for line in aligned(rows, left=(0, len(header) - 1)):
            self.stdout.write(line)

    def _picture(self, read: ReadForest, label: str, cascades: list[CascadeMeasures]) -> Figure:
        drawn = largest_cascades(read, most=TREES_DRAWN, nodes_each=NODES_DRAWN)
        breadth = [
            sum(layer) for layer in zip_longest(*(cascade.breadth_by_depth for cascade in cascades), fillvalue=0)
        ]
        drawn_of_all = (
            f"the {len(drawn)} largest of {len(cascades):,} cascades"
            if len(drawn) < len(cascades)
            else counted(len(cascades), "cascade")
        )
        return cascade_picture(drawn, breadth, title=f"{label}, n = {sum(breadth):,}, {drawn_of_all}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(str, value))
    return repr(value) if isinstance(value, float) else str(value)


def _table_row(cascade: CascadeMeasures) -> list[str]:
    layers = cascade.breadth_by_depth
    virality = "–" if cascade.structural_virality is None else f"{cascade.structural_virality:.3f}"
    coverage = "–" if cascade.coverage is None else f"{cascade.coverage:.2%}"
    breadth = " ".join(map(str, layers[:LAYERS_SHOWN])) + (" …" if len(layers) > LAYERS_SHOWN else "")
    numbers = [cascade.size, cascade.people, cascade.depth, cascade.max_breadth]
    return [
        cascade.root,
        *map(str, numbers),
        virality,
        str(cascade.reach),
        coverage,
        str(cascade.influence_horizon),
        breadth,
    ]
