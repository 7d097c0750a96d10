"""The post of a kit on one channel, as it would be at its longest, and what keeps a version from being published."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from content.channels.domain.limits import ChannelLimits, Post, misfits
from content.kits.domain.templates import CITY, DAYS, LINK, MOST_LETTERS, NAME, PRICE, PRODUCT, faults, rendered
from content.kits.domain.texts import ANY, Text, post_text, texts_for
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
    none, or a post would not fit at its longest. `names` are what people call the channels."""
    if not channels:
        yield Message("no channel is chosen: say where this is shared")
    for text in texts:
        yield from (Message("“%(text)s”: %(fault)s", text=text.text[:20], fault=fault) for fault in faults(text.text, has_product=has_product))  # fmt: skip
    for head in heads:
        yield from (Message("“%(text)s”: %(fault)s", text=head.title[:20], fault=fault) for fault in faults(head.title, has_product=has_product))  # fmt: skip
    for channel in channels:
        if not texts_for(channel, texts):
            yield Message("%(channel)s: there is no text for it", channel=names[channel])
        elif channel in limits:
            post = post_for(channel, texts, heads, LONGEST, pictures=pictures)
            for part, fault in misfits(post, limits[channel]):
                yield Message("%(channel)s, %(part)s: %(fault)s", channel=names[channel], part=PARTS[part], fault=fault)


PARTS = {"title": Message("title"), "text": Message("text"), "tags": Message("tags"), "pictures": Message("pictures")}
