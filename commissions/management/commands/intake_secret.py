from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.orders.services.secrets import intake_secrets


class Command(BrandCommand):
    help = "Print the live secrets of a brand's order intake, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rotate", action="store_true", help="make a new one; the one before it stays alive")

    def handle(self, *, brand: Brand, rotate: bool, **options: Any) -> None:
        for secret in intake_secrets(brand=brand, rotate=rotate, at=timezone.now()):
            self.stdout.write(secret)
