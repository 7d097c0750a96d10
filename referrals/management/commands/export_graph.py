import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from content.kits.selectors.named_kits import kit_by_key
from foundation.files.faults import Refusal
from referrals.propagation.rendering.graph_files import write_csv, write_graphml
from referrals.propagation.selectors.forests import kocs_of, shares_of


class Command(BrandCommand):
    help = "A brand's cascades or referral forest for Gephi and the like: GraphML, or CSV with one row per node and its parent. People are named by key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kit", metavar="KEY", help="only cascades that began with this kit")
        parser.add_argument("--graph", choices=["shares", "referrals"], default="shares")
        parser.add_argument("--format", choices=["graphml", "csv"], default="graphml")
        parser.add_argument("--out", metavar="FILE", default="-", help="- is standard output")

    def handle(self, *, brand: Brand, kit: str | None, graph: str, format: str, out: str, **options: Any) -> None:
        if kit and graph == "referrals":
            raise Refusal("--kit goes with --graph shares: referrals have no kit")
        read = kocs_of(brand) if graph == "referrals" else shares_of(brand, kit_by_key(brand, kit) if kit else None)
        write = write_graphml if format == "graphml" else write_csv
        try:
            if out == "-":
                write(read, graph, sys.stdout)
            else:
                with Path(out).open("w", encoding="utf-8", newline="") as file:
                    write(read, graph, file)
        except OSError as error:
            raise Refusal(f"{out}: {error.strerror}") from error
        (self.stdout if out != "-" else self.stderr).write(
            f"{graph}: {len(read.ids)} nodes, {int((read.parent >= 0).sum())} edges"
        )
