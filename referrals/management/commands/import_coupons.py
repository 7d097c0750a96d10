from typing import Any

from accounts.management.importing import ImportCommand
from referrals.coupons.services import import_coupons


class Command(ImportCommand):
    help = "Import the coupons of a brand's KOCs from a CSV file, all or nothing."
    what = "coupons"

    def import_lines(self, **given: Any) -> object:
        return import_coupons(**given)
