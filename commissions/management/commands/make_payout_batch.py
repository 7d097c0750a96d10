from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from accounts.people.selectors.staff import staff_by_phone
from commissions.payees.models.payees import Payee
from commissions.payouts.services.payouts import make_batch
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.statements import Statement
from foundation.files.counts import counted
from foundation.money.amounts import shown
from foundation.money.calendar import month_bounds


def refuse_no_month(period: str, zone: str) -> None:
    try:
        month_bounds(period, zone=zone)
    except ValueError as error:
        raise PeriodRefused(str(error)) from None


class Command(BrandCommand):
    help = "Put the statements that are ready on a draft payout batch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--by", required=True, metavar="PHONE", help="of the brand's staff who makes it; somebody else approves it"
        )
        parser.add_argument("--period", metavar="YYYY-MM", help="only the statements of this period")
        parser.add_argument(
            "--method", choices=Payee.Method.values, default="", help="only payees who are paid this way"
        )
        parser.add_argument("--title", default="", help="what payees read beside the payment")

    def handle(self, *, brand: Brand, by: str, period: str | None, method: str, title: str, **options: Any) -> None:
        if period:
            refuse_no_month(period, brand.timezone)
        statements = Statement.objects.filter(koc__brand=brand, period=period) if period else None
        result = make_batch(
            brand=brand,
            made_by=staff_by_phone(brand, by),
            at=timezone.now(),
            statements=statements,
            method=method,
            title=title,
        )
        for koc in result.no_payee:
            self.stderr.write(f"no payee: {koc}")
        batch = result.batch
        left_out = f"left out {counted(len(result.no_payee), 'KOC')} without a payee, {counted(result.other_method, 'statement')} of another method"
        amount = f"{counted(batch.lines_count, 'line')}, {shown(batch.total_minor, batch.currency)}"
        self.stdout.write(f"payout batch {batch.public_id}: {batch.number}, {amount}; {left_out}")
