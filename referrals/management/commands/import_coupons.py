from collections.abc import Iterable
from typing import Any

from accounts.brands.models import Brand
from accounts.management.importing import ImportCommand
from referrals.coupons.services import import_coupons


class Command(ImportCommand):
    help = "Import the coupons of a brand's KOCs from a CSV file, all or nothing."
    what = "coupons"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        return import_coupons(brand=brand, lines=lines, name=name)
