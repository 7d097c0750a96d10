"""The prizes of contests."""

from collections.abc import Sequence

from foundation.postgres.transactions import in_transaction
from growth.contests.domain import Prized
from growth.contests.models import Contest, Prize


@in_transaction
def save_prizes(*, contest: Contest, prizes: Sequence[Prized]) -> None:
    """Replace the prizes of the contest."""
    contest.prizes.all().delete()
    Prize.objects.bulk_create(
        [Prize(contest=contest, first=prize.first, last=prize.last, what=prize.what) for prize in prizes]
    )
