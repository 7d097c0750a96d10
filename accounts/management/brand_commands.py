"""What the commands about one brand have in common."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.brands.selectors import brand_by_slug


class BrandCommand(BaseCommand):
    """A command about one brand: `handle` gets the one that `--brand` names."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--brand", required=True, metavar="SLUG")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        return super().execute(*args, **options | {"brand": brand_by_slug(options["brand"])})
