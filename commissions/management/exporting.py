"""The base class of commands that export rows of a period."""

import sys
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.exports.rendering import write_to
from commissions.exports.selectors import ExportQuery, number_of_rows
from foundation.files.counts import counted
from foundation.terminal.bars import progress_bar


class ExportCommand(BrandCommand):
    """Write the rows of a brand's period to a file, or to standard output: then the closing line goes beside it, to
    standard error."""

    what: ClassVar[str]

    def export(self, brand: Brand, period: str) -> ExportQuery:
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, metavar="YYYY-MM")
        parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
        parser.add_argument("--out", metavar="FILE", help="default: standard output")

    def handle(self, *, brand: Brand, period: str, format: str, out: str | None, **options: Any) -> None:
        query = self.export(brand, period)
        total = number_of_rows(query) if sys.stderr.isatty() else None
        with progress_bar("rows", total=total) as bar:
            count = write_to(query, format=format, out=out, progress=bar)
        (self.stdout if out else self.stderr).write(f"{self.what}: {counted(count, 'row')}")
