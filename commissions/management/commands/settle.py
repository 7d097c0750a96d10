from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.earnings.services.facts import ingest_clicks_of_orders
from commissions.settlement.services.settlement import settle_period
from foundation.files.counts import counted
from foundation.money.amounts import shown
from foundation.money.calendar import month_bounds
from foundation.terminal.bars import progress_bar


class Command(BrandCommand):
    help = "Write the statements of a period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, metavar="YYYY-MM")

    def handle(self, *, brand: Brand, period: str, **options: Any) -> None:
        now = timezone.now()
        ingest_clicks_of_orders(at=now)
        with progress_bar("steps", total=3) as bar:
            result = settle_period(brand=brand, period=period, at=now, progress=bar)
        if result.is_new and month_bounds(period, zone=brand.timezone)[1] > now:
            self.stderr.write(f"note: {period} is not over; what is approved later in it falls into the next period")
        currency = result.settlement.currency
        gross, tax, net, carried = (
            shown(amount, currency)
            for amount in (result.gross_minor, result.tax_minor, result.net_minor, result.carried_out_minor)
        )
        verb = "settled" if result.is_new else "was settled before, nothing changed"
        self.stdout.write(
            f"{period} {verb}: {counted(result.statements, 'statement')}, gross {gross}, tax {tax}, net {net}, carried out {carried}"
        )
