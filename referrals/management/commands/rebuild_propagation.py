from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.brands.selectors import brand_by_slug
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation


class Command(BaseCommand):
    help = "Compute what is kept of a brand's cascades from its shares and visits, or with --check prove it, and that roots and depths follow from parents."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument(
            "--check",
            action="store_true",
            help="compare, change nothing but what waits to be counted; exit 1 if something differs",
        )

    def handle(self, *, brand: str, check: bool, **options: Any) -> None:
        tenant = brand_by_slug(brand)
        if check:
            aggregate_spread(brand=tenant)
        result = check_propagation(brand=tenant) if check else rebuild_propagation(brand=tenant)
        for difference in result.differences:
            self.stderr.write(str(difference))
        if result.differences:
            raise Refusal(
                f"{counted(len(result.differences), 'table')} of what is derived {'does' if len(result.differences) == 1 else 'do'} not follow"
            )
        verdict = "follow from the facts" if check else "are computed from the facts"
        self.stdout.write(f"{counted(result.cascades, 'cascade')}, n = {result.shares:,}: all rows {verdict}")
