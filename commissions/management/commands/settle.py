from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts.brands.selectors import brand_by_slug
from commissions.settlement.services.settlement import settle_period
from foundation.files.counts import counted
from foundation.money.amounts import shown
from foundation.money.calendar import month_bounds


class Command(BaseCommand):
    help = "Write the statements of a period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG")
        parser.add_argument("--period", required=True, metavar="YYYY-MM")

    def handle(self, *, brand: str, period: str, **options: Any) -> None:
        now, of_brand = timezone.now(), brand_by_slug(brand)
        with tqdm(total=3, unit="step", disable=None, delay=1) as bar:
            result = settle_period(brand=of_brand, period=period, at=now, each=lambda: bool(bar.update()))
        if result.is_new and month_bounds(period, zone=of_brand.timezone)[1] > now:
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
