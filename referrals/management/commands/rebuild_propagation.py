from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation


class Command(BrandCommand):
    help = "Compute what is kept of a brand's cascades from its shares and visits, or with --check prove it, and that roots and depths follow from parents."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="compare, change nothing but what waits to be counted; exit 1 if something differs",
        )

    def handle(self, *, brand: Brand, check: bool, **options: Any) -> None:
        if check:
            aggregate_spread(brand=brand, at=timezone.now())
        result = check_propagation(brand=brand) if check else rebuild_propagation(brand=brand)
        for difference in result.differences:
            self.stderr.write(str(difference))
        if result.differences:
            raise Refusal(
                f"{counted(len(result.differences), 'table')} of what is derived {'does' if len(result.differences) == 1 else 'do'} not follow"
            )
        verdict = "follow from the facts" if check else "are computed from the facts"
        self.stdout.write(f"{counted(result.cascades, 'cascade')}, n = {result.shares:,}: all rows {verdict}")
