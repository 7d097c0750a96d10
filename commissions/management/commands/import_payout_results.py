from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from foundation.money.amounts import shown
from foundation.terminal.arguments import open_lines


class Command(BrandCommand):
    help = "Take in a CSV file of what the bank says became of payments."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="- reads standard input")
        parser.add_argument("--layout", default="", metavar="KEY", help="default: the one whose head the file has")

    def handle(self, *, file: str, brand: Brand, layout: str, **options: Any) -> None:
        with open_lines(file) as lines:
            loaded = record_results(brand=brand, lines=lines, name=file, at=timezone.now(), layout=layout)
        self.stdout.write(f"payout results: {told(loaded, brand.currency)}{lines.aside}")


def told(loaded: ResultsLoaded, currency: str) -> str:
    """What the file did; what it had none of, and Grove's own layout, go without saying."""
    parts = [
        f"newly paid {loaded.paid} of {shown(loaded.paid_minor, currency)}",
        f"failed {loaded.failed} of {shown(loaded.failed_minor, currency)}",
        f"given back {loaded.returned} of {shown(loaded.returned_minor, currency)}" if loaded.returned else "",
        f"{loaded.processing} still processing" if loaded.processing else "",
    ]
    layout = f" (layout {loaded.layout})" if loaded.layout != "generic" else ""
    return f"{loaded.tally}; {', '.join(part for part in parts if part)}{layout}"
