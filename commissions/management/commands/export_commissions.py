from accounts.models import Brand
from commissions.management.exporting import ExportCommand
from commissions.selectors.exports import ExportQuery, commission_export


class Command(ExportCommand):
    help = "Export the commissions of a period."
    what = "commissions"

    def export(self, brand: Brand, period: str) -> ExportQuery:
        return commission_export(brand, period)
