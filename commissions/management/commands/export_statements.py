from accounts.brands.models import Brand
from commissions.exports.selectors import ExportQuery, statement_export
from commissions.management.exporting import ExportCommand


class Command(ExportCommand):
    help = "Export the statements of a period."
    what = "statements"

    def export(self, brand: Brand, period: str) -> ExportQuery:
        return statement_export(brand, period)
