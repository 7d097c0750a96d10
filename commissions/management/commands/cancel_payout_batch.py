from typing import Any

from commissions.management.batches import BatchCommand
from commissions.payouts.services.payouts import cancel_batch
from foundation.files.counts import counted


class Command(BatchCommand):
    help = "Give up a payout batch that was not exported; its statements are free again."
    who = "cancels it"

    def step(self, **given: Any) -> str:
        return f"cancelled, {counted(cancel_batch(**given).lines_count, 'statement')} free again"
