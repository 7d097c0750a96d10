from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.domain.counts import counted
from accounts.selectors.brands import brand_by_slug
from commissions.services.fraud import find_signals


class Command(BaseCommand):
    help = "Look for what looks like fraud at a brand, as the clock does once a night. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", required=True)

    def handle(self, *, brand: str, **options: Any) -> None:
        done = find_signals(brand=brand_by_slug(brand), at=timezone.now())
        self.stdout.write(f"{counted(done.found, 'signal')} found, {counted(done.held, 'commission')} held")
