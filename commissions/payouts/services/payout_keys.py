"""Reseal the payees of exported payments when the keys change."""

from commissions.payouts.models import PayoutLine
from foundation.postgres.transactions import in_own_transaction
from foundation.sealing import Rotation, Unreadable, is_sealed_with_the_first_key, seal, unseal
from foundation.terminal.progress import Progress, tell

BATCH = 500


def rotate_line_keys(*, progress: Progress | None = None) -> Rotation:
    """Seal the payee of each exported line with the first key. What is sealed with it already stays as it is, so the
    run may be interrupted and repeated.

    Locks a batch at a time, in the order of lines. A line that no key opens is skipped and reported.
    """
    last, done, resealed, unchanged = 0, 0, 0, 0
    unreadable: list[int] = []
    while batch := _rotate_batch(last):
        resealed += list(batch.values()).count("resealed")
        unchanged += list(batch.values()).count("unchanged")
        unreadable += [line for line, state in batch.items() if state == "unreadable"]
        last = max(batch)
        done += len(batch)
        tell(progress, done)
    return Rotation(resealed, unchanged, tuple(unreadable))


@in_own_transaction
def _rotate_batch(after: int) -> dict[int, str]:
    lines = list(
        PayoutLine.objects.select_for_update().filter(pk__gt=after).exclude(payee_sealed="").order_by("pk")[:BATCH]
    )
    states = {line.pk: _reseal(line) for line in lines}
    PayoutLine.objects.bulk_update([line for line in lines if states[line.pk] == "resealed"], ["payee_sealed"])
    return states


def _reseal(line: PayoutLine) -> str:
    if is_sealed_with_the_first_key(line.payee_sealed):
        return "unchanged"
    try:
        line.payee_sealed = seal(unseal(line.payee_sealed))
    except Unreadable:
        return "unreadable"
    return "resealed"
