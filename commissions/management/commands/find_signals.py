from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.selectors import brand_by_slug
from commissions.risk.services import find_signals
from foundation.files.counts import counted


class Command(BaseCommand):
    help = "Search for signals of fraud at a brand, as the schedule does once a night. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", required=True)

    def handle(self, *, brand: str, **options: Any) -> None:
        done = find_signals(brand=brand_by_slug(brand), at=timezone.now())
        self.stdout.write(f"{counted(done.found, 'signal')} found, {counted(done.held, 'commission')} held")
