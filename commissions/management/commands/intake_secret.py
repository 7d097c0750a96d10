from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from commissions.orders.services.secrets import intake_secrets


class Command(BaseCommand):
    help = "Print the live secrets of a brand's order intake, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--rotate", action="store_true", help="make a new one; the one before it stays alive")

    def handle(self, *, brand: str, rotate: bool, **options: Any) -> None:
        for secret in intake_secrets(brand=brand_by_slug(brand), rotate=rotate, at=timezone.now()):
            self.stdout.write(secret)
