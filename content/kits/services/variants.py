"""Variants are renamed, and what became of them is kept, as the floor that knows sales counted it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from content.kits.models import Section, VariantResult
from foundation.postgres.transactions import in_transaction


class CountedVariant(NamedTuple):
    """`section` is the kind and the channel of the texts, `channel` that of the shares."""

    version: int
    channel: str
    section: str
    variant: str
    trials: int
    rewards: int


@in_transaction
def keep_results(*, results: Sequence[CountedVariant], at: datetime) -> int:
    """Keep what was counted at `at` in place of what was known; returns how many rows there are.

    Key: (version, channel, section, variant). Written in the order of the key, so that two writers cannot deadlock."""
    rows = [
        VariantResult(
            version_id=one.version, channel=one.channel, section=one.section, variant=one.variant, trials=one.trials,
            rewards=one.rewards, computed_at=at,
        )
        for one in sorted(results)
    ]  # fmt: skip
    VariantResult.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["version", "channel", "section", "variant"],
        update_fields=["trials", "rewards", "computed_at"],
    )
    return len(rows)


@in_transaction
def free_names(*, sections: Collection[int]) -> None:
    """Take the names of variants away from texts of a draft that the caller writes anew, in the same transaction: so two
    of them may change names."""
    Section.objects.filter(pk__in=sections).exclude(variant="").update(variant="")
