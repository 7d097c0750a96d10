"""The base of commands that import a file of a brand."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from foundation.terminal.arguments import open_lines


class ImportCommand(BrandCommand):
    """Import a file of a brand, all or nothing, and print how many rows were created, updated and unchanged."""

    what: ClassVar[str]
    file_metavar: ClassVar[str] = "FILE"
    file_help: ClassVar[str] = "a CSV file, or XLSX; - is standard input"
    asked: ClassVar[tuple[str, ...]] = ()  # options of its own, which the service is told too

    def import_lines(self, *, brand: Brand, lines: Iterable[str], name: str) -> object:
        """Call the service with the lines; its result is printed behind `what`."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar=self.file_metavar, help=self.file_help)

    def handle(self, *, file: str, brand: Brand, **options: Any) -> None:
        with open_lines(file) as lines:
            asked = {name: options[name] for name in self.asked}
            result = self.import_lines(brand=brand, lines=lines, name=file, **asked)
        self.stdout.write(f"{self.what}: {result}{lines.aside}")
