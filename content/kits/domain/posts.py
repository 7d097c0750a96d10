"""The post of a kit on one channel, as it would be at its longest, and what keeps a version from being published."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from content.channels.domain.counting import length
from content.channels.domain.limits import ChannelLimits, Post, misfits
from content.kits.domain.templates import CITY, DAYS, LINK, MOST_LETTERS, NAME, PRICE, PRODUCT, faults, rendered
from content.kits.domain.texts import ANY, Text, post_text, texts_for
from content.kits.domain.variants import MOST_VARIANTS, alternatives, every_variant, greatest_of_each, section_of
from foundation.texts.messages import Message

LONGEST = {
    NAME: "名" * MOST_LETTERS[NAME],
    CITY: "城" * MOST_LETTERS[CITY],
    PRODUCT: "品" * MOST_LETTERS[PRODUCT],
    DAYS: "9999",
    PRICE: "¥9,999,999.99",
    LINK: "https://" + "x" * 60,
}
"""values as long as they get: what fits with these fits whoever shares it"""


class Head(NamedTuple):
    """The title and the tags of a post on one channel."""

    channel: str
    title: str
    tags: Sequence[str]


def head_for(channel: str, heads: Sequence[Head]) -> Head:
    """That of the channel, if there is one; else that of any."""
    found = {head.channel: head for head in heads}
    return found.get(channel) or found.get(ANY) or Head(channel, "", ())


def post_for(
    channel: str, texts: Sequence[Text], heads: Sequence[Head], values: Mapping[str, str], *, pictures: int = 0
) -> Post:
    """The finished post of a sharer: their values in the texts, the mark of advertising, the link."""
    said = [text._replace(text=rendered(text.text, values)) for text in texts_for(channel, texts)]
    head = head_for(channel, heads)
    return Post(post_text(said, values[LINK]), rendered(head.title, values), tuple(head.tags), pictures)


def longest_texts(channel: str, texts: Sequence[Text], counted: str) -> list[Text]:
    """The texts for a channel, of alternatives the one that is longest there with the longest values. Written twice, so
    that a channel that counts two narrow letters as one tells half a letter."""
    return greatest_of_each(
        texts_for(channel, texts), lambda text: length("\n".join([rendered(text, LONGEST)] * 2), counted)
    )


def post_faults(
    channel: str, texts: Sequence[Text], heads: Sequence[Head], limit: ChannelLimits, *, pictures: int
) -> Iterator[tuple[str, str]]:
    """Where a post would not fit at its longest, each part once, whichever of the alternatives it says."""
    counts = [limit.text.counted, *(["bytes"] if limit.text.most_bytes is not None else [])]
    longest = [longest_texts(channel, texts, counted) for counted in counts]
    told: set[str] = set()
    for said in [*longest, *every_variant(texts_for(channel, texts))]:
        found = list(misfits(post_for(channel, said, heads, LONGEST, pictures=pictures), limit))
        yield from ((part, fault) for part, fault in found if part not in told)
        told |= {part for part, _fault in found}


def variant_faults(texts: Sequence[Text], names: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with alternatives: one beside a text that is none, one alone, a name twice, or too many."""
    for section, variants in alternatives(texts).items():
        of = [text for text in texts if section_of(text) == section]
        values = {"channel": names[of[0].channel], "variants": ", ".join(variants)}
        if len(of) > len(variants):
            yield Message("%(channel)s: a text without a variant stands beside variants %(variants)s: all have one, or none", **values)  # fmt: skip
        if len(variants) == 1:
            yield Message("%(channel)s: variant %(variants)s is alone: write another, or take its name away", **values)
        if len(set(variants)) < len(variants):
            yield Message("%(channel)s: of variants %(variants)s two have the same name", **values)
        if len(variants) > MOST_VARIANTS:
            yield Message(
                "%(channel)s: too many variants: at most %(most)s", channel=values["channel"], most=MOST_VARIANTS
            )


def publication_faults(
    channels: Sequence[str],
    texts: Sequence[Text],
    heads: Sequence[Head],
    limits: Mapping[str, ChannelLimits],
    *,
    has_product: bool,
    pictures: int,
    names: Mapping[str, str],
) -> Iterator[str]:
    """What keeps texts from being published for some channels: none are chosen, one has nothing to say, a placeholder is
    none, alternatives are no choice, or a post would not fit at its longest, whichever of them it says. `names` are what
    people call the channels."""
    if not channels:
        yield Message("no channel is chosen: say where this is shared")
    for text in texts:
        yield from (Message("“%(text)s”: %(fault)s", text=text.text[:20], fault=fault) for fault in faults(text.text, has_product=has_product))  # fmt: skip
    for head in heads:
        yield from (Message("“%(text)s”: %(fault)s", text=head.title[:20], fault=fault) for fault in faults(head.title, has_product=has_product))  # fmt: skip
    yield from variant_faults(texts, names)
    for channel in channels:
        if not texts_for(channel, texts):
            yield Message("%(channel)s: there is no text for it", channel=names[channel])
        elif channel in limits:
            for part, fault in post_faults(channel, texts, heads, limits[channel], pictures=pictures):
                yield Message("%(channel)s, %(part)s: %(fault)s", channel=names[channel], part=PARTS[part], fault=fault)


PARTS = {"title": Message("title"), "text": Message("text"), "tags": Message("tags"), "pictures": Message("pictures")}
