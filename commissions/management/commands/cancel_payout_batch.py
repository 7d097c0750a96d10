from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.people.selectors.staff import staff_by_phone
from commissions.payouts.selectors import batch_by_id
from commissions.payouts.services.payouts import cancel_batch
from foundation.files.counts import counted


class Command(BaseCommand):
    help = "Cancel a payout batch that was not exported; its statements are free again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="bat_…")
        parser.add_argument("--by", required=True, metavar="PHONE", help="of the brand's staff who cancels it")

    def handle(self, *, batch: str, by: str, **options: Any) -> None:
        target = batch_by_id(batch)
        cancelled = cancel_batch(batch=target, by=staff_by_phone(target.brand, by), at=timezone.now())
        self.stdout.write(
            f"payout batch {cancelled.public_id}: cancelled, {counted(cancelled.lines_count, 'statement')} free again"
        )
