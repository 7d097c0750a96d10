import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.orders.services.secrets import intake_secrets
from foundation.texts.keys import clean_key


class Command(BrandCommand):
    help = "Print the live secrets with which a shop of a brand signs its events, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", type=shop_name, default=MAIN, help="of a brand with several")
        parser.add_argument("--rotate", action="store_true", help="make a new one; the one before it stays alive")

    def handle(self, *, brand: Brand, shop: str, rotate: bool, **options: Any) -> None:
        for secret in intake_secrets(brand=brand, shop=shop, rotate=rotate, at=timezone.now()):
            self.stdout.write(secret)


def shop_name(text: str) -> str:
    try:
        return clean_key(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None
