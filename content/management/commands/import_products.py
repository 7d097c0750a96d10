from typing import Any

from accounts.management.importing import ImportCommand
from content.products.services import import_products


class Command(ImportCommand):
    help = "Import the products of a brand from a CSV file, all or nothing."
    what = "products"

    def import_lines(self, **given: Any) -> object:
        return import_products(**given)
