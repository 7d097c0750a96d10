from typing import Any

from django.utils import timezone

from accounts.management.importing import ImportCommand
from commissions.orders.services.order_files import import_orders


class Command(ImportCommand):
    help = "Ingest a CSV file of order lines."
    what = "orders"
    file_metavar, file_help = "FILE.csv", "- reads standard input"

    def import_lines(self, **given: Any) -> object:
        return import_orders(**given, at=timezone.now())
