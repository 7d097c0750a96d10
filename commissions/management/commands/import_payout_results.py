from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.payouts.services.payout_results import record_results
from foundation.money.amounts import shown
from foundation.terminal.arguments import open_lines


class Command(BrandCommand):
    help = "Take in a CSV file of what the bank says became of payments."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="- reads standard input")

    def handle(self, *, file: str, brand: Brand, **options: Any) -> None:
        with open_lines(file) as lines:
            loaded = record_results(brand=brand, lines=lines, name=file, at=timezone.now())
        paid, failed = (
            f"{count} of {shown(amount, brand.currency)}"
            for count, amount in [(loaded.paid, loaded.paid_minor), (loaded.failed, loaded.failed_minor)]
        )
        back = (
            f", given back {loaded.returned} of {shown(loaded.returned_minor, brand.currency)}"
            if loaded.returned
            else ""
        )
        self.stdout.write(f"payout results: {loaded.tally}; newly paid {paid}, failed {failed}{back}")
