from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from commissions.payouts.services.payout_results import record_results
from foundation.money.amounts import shown
from foundation.terminal.arguments import open_lines


class Command(BaseCommand):
    help = "Load a CSV file of the bank's payment results."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="- reads standard input")
        parser.add_argument("--brand", required=True, metavar="SLUG")

    def handle(self, *, file: str, brand: str, **options: Any) -> None:
        of_brand = brand_by_slug(brand)
        with open_lines(file) as lines:
            loaded = record_results(brand=of_brand, lines=lines, name=file, at=timezone.now())
        paid, failed = (
            f"{count} of {shown(amount, of_brand.currency)}"
            for count, amount in [(loaded.paid, loaded.paid_minor), (loaded.failed, loaded.failed_minor)]
        )
        self.stdout.write(f"payout results: {loaded.tally}; newly paid {paid}, failed {failed}")
