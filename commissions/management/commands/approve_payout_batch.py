from typing import Any

from commissions.management.batches import BatchCommand
from commissions.payouts.services.payouts import approve_batch
from foundation.files.counts import counted
from foundation.money.amounts import shown


class Command(BatchCommand):
    help = "Let a draft payout batch go to the bank: by another person than its maker."
    who = "approves it"

    def step(self, **given: Any) -> str:
        done = approve_batch(**given)
        return f"approved, {counted(done.lines_count, 'line')}, {shown(done.total_minor, done.currency)}"
