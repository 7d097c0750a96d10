from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.selectors.brands import brand_by_slug
from commissions.selectors.exports import statement_export, write_to


class Command(BaseCommand):
    help = "Export the statements of a period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--period", required=True, metavar="YYYY-MM")
        parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
        parser.add_argument("--out", metavar="FILE", help="default: standard output")

    def handle(self, *, brand: str, period: str, format: str, out: str | None, **options: Any) -> None:
        count = write_to(statement_export(brand_by_slug(brand), period), format=format, out=out)
        (self.stdout if out else self.stderr).write(f"statements: {count} rows")
