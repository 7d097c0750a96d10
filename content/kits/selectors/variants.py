"""What was learned of the variants of a version, and which of them a share says."""

from collections.abc import Mapping
from typing import NamedTuple

from content.kits.domain.texts import texts_for
from content.kits.domain.variants import Odds, Tried, alternatives, draw, odds, winner
from content.kits.models import KitVersion, VariantResult
from content.kits.selectors.versions import texts_and_heads

Known = dict[str, dict[str, Tried]]
"""section → variant → what became of it"""


class Learned(NamedTuple):
    """The variants of one section on one channel, and the one that may be kept alone."""

    channel: str
    section: str
    odds: list[Odds]
    winner: str | None


def drawn_for(version: KitVersion | None, *, channel: str, seed: str) -> dict[str, str] | None:
    """Section → the variant that a new share of this channel says; None for texts without variants.

    Reads the texts, which the share shows anyway, and where there are variants one small table."""
    if version is None:
        return None
    offered = alternatives(texts_for(channel, texts_and_heads(version)[0]))
    return draw(offered, _known(version, channel), seed=seed) if offered else None


def learned_of(version: KitVersion) -> list[Learned]:
    """What is known of the variants of a version, by the channels that they were shared on."""
    texts, _heads = texts_and_heads(version)
    by_channel: dict[str, Known] = {}
    for row in version.variant_results.order_by("channel"):
        _add(by_channel.setdefault(row.channel, {}), row)
    return [
        _learned(channel, section, {name: known.get(section, {}).get(name, Tried()) for name in names})
        for channel, known in by_channel.items()
        for section, names in alternatives(texts_for(channel, texts)).items()
    ]


def _learned(channel: str, section: str, known: Mapping[str, Tried]) -> Learned:
    found = odds(known)
    return Learned(channel, section, found, winner(found))


def _known(version: KitVersion, channel: str) -> Known:
    known: Known = {}
    for row in version.variant_results.filter(channel=channel):
        _add(known, row)
    return known


def _add(known: Known, row: VariantResult) -> None:
    known.setdefault(row.section, {})[row.variant] = Tried(row.trials, row.rewards)
