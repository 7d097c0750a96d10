from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.people.selectors.staff import staff_by_phone
from commissions.payouts.selectors import batch_by_id
from commissions.payouts.services.payouts import approve_batch
from foundation.files.counts import counted
from foundation.money.amounts import shown


class Command(BaseCommand):
    help = "Let a draft payout batch go to the bank: by another person than its maker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="bat_…")
        parser.add_argument("--by", required=True, metavar="PHONE", help="of the brand's staff who approves it")

    def handle(self, *, batch: str, by: str, **options: Any) -> None:
        found = batch_by_id(batch)
        done = approve_batch(batch=found, by=staff_by_phone(found.brand, by), at=timezone.now())
        self.stdout.write(
            f"payout batch {done.public_id}: approved, {counted(done.lines_count, 'line')}, {shown(done.total_minor, done.currency)}"
        )
