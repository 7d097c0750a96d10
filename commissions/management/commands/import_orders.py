from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from commissions.orders.services.order_files import import_orders


class Command(ImportCommand):
    help = "Ingest a CSV file of order lines."
    what = "orders"
    file_metavar, file_help = "FILE.csv", "- reads standard input"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_orders(brand=brand, lines=lines, name=name, at=timezone.now())
