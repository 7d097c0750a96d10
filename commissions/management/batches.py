"""What the steps of a payout batch have in common."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.people.models import User
from accounts.people.selectors.staff import staff_by_phone
from commissions.payouts.models import PayoutBatch
from commissions.payouts.selectors import batch_by_id


class BatchCommand(BaseCommand):
    """A step of one payout batch, by one of the brand's staff."""

    who: ClassVar[str]

    def step(self, *, batch: PayoutBatch, by: User, at: datetime) -> str:
        """Take the step; what became of the batch is printed."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="bat_…")
        parser.add_argument("--by", required=True, metavar="PHONE", help=f"of the brand's staff who {self.who}")

    def handle(self, *, batch: str, by: str, **options: Any) -> None:
        found = batch_by_id(batch)
        done = self.step(batch=found, by=staff_by_phone(found.brand, by), at=timezone.now())
        self.stdout.write(f"payout batch {found.public_id}: {done}")
