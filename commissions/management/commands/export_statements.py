from accounts.models import Brand
from commissions.management.exporting import ExportCommand
from commissions.selectors.exports import ExportQuery, statement_export


class Command(ExportCommand):
    help = "Export the statements of a period."
    what = "statements"

    def export(self, brand: Brand, period: str) -> ExportQuery:
        return statement_export(brand, period)
