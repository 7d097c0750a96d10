"""The base of commands that import a file of a brand."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from accounts.brands.models import Brand
from accounts.brands.selectors import brand_by_slug
from foundation.terminal.arguments import open_lines


class ImportCommand(BaseCommand):
    """Import a file of a brand, all or nothing, and print how many rows were created, updated and unchanged."""

    what: ClassVar[str]
    file_metavar: ClassVar[str] = "FILE"
    file_help: ClassVar[str] = "a CSV file; - is standard input"

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str, options: dict[str, Any]) -> object:
        """Call the service with the lines; its result is printed behind `what`."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar=self.file_metavar, help=self.file_help)
        parser.add_argument("--brand", required=True, metavar="SLUG")

    def handle(self, *, file: str, brand: str, **options: Any) -> None:
        owner = brand_by_slug(brand)
        with open_lines(file) as lines:
            result = self.import_lines(brand=owner, lines=lines, name=file, options=options)
        self.stdout.write(f"{self.what}: {result}")
