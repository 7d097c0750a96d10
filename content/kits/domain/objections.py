"""What law and platforms object to in the texts of a version, for the channels that it is offered on."""

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from content.kits.domain.posts import Head
from content.kits.domain.texts import ANY, Text
from content.review.domain.hits import Hit
from content.review.domain.prices import Prices
from content.review.domain.scanning import scan
from content.review.domain.word_lists import WordLists


class Objection(NamedTuple):
    """A hit, and the text that it stands in. `key` is what a justification is of."""

    text: str
    hit: Hit

    @property
    def key(self) -> tuple[str, str]:
        return self.hit.category, self.hit.found


def objections(
    channels: Sequence[str], texts: Sequence[Text], heads: Sequence[Head], *, lists: WordLists, prices: Prices | None
) -> Iterator[Objection]:
    """Every place that one of the channels, or the law, objects to; each once. A text for any channel is looked at for
    all of them, since a platform has rules of its own."""
    written = [(text.channel, text.text) for text in texts]
    written += [(head.channel, said) for head in heads for said in (head.title, *head.tags)]
    for of, text in written:
        seen: set[tuple[int, int]] = set()
        for channel in (channels or [ANY]) if of == ANY else [of]:
            for hit in scan(text, lists=lists, channel=channel, prices=prices):
                if (hit.start, hit.end) not in seen:
                    seen.add((hit.start, hit.end))
                    yield Objection(text, hit)


def unanswered(found: Sequence[Objection], justified: Set[tuple[str, str]]) -> list[Objection]:
    """Those that nobody has justified; the same piece in another text is answered too."""
    return [objection for objection in found if objection.key not in justified]
