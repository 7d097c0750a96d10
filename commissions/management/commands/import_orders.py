from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from commissions.orders.services.order_files import import_orders
from foundation.terminal.arguments import open_lines


class Command(BaseCommand):
    help = "Take in a CSV file of order lines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="- reads standard input")
        parser.add_argument("--brand", required=True, metavar="SLUG")

    def handle(self, *, file: str, brand: str, **options: Any) -> None:
        with open_lines(file) as lines:
            tally = import_orders(brand=brand_by_slug(brand), lines=lines, name=file, at=timezone.now())
        self.stdout.write(f"orders: {tally}")
