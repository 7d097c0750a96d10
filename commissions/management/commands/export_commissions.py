from accounts.brands.models import Brand
from commissions.exports.selectors import ExportQuery, commission_export
from commissions.management.exporting import ExportCommand


class Command(ExportCommand):
    help = "Export the commissions of a period."
    what = "commissions"

    def export(self, brand: Brand, period: str) -> ExportQuery:
        return commission_export(brand, period)
