from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.people.selectors.staff import staff_by_phone
from commissions.payouts.selectors import batch_by_id
from commissions.payouts.services.payouts import approve_batch
from foundation.files.counts import counted
from foundation.money.amounts import shown


class Command(BaseCommand):
    help = "Approve a draft payout batch for the bank: by another person than its maker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="bat_…")
        parser.add_argument("--by", required=True, metavar="PHONE", help="of the brand's staff who approves it")

    def handle(self, *, batch: str, by: str, **options: Any) -> None:
        target = batch_by_id(batch)
        approved = approve_batch(batch=target, by=staff_by_phone(target.brand, by), at=timezone.now())
        self.stdout.write(
            f"payout batch {approved.public_id}: approved, {counted(approved.lines_count, 'line')}, {shown(approved.total_minor, approved.currency)}"
        )
