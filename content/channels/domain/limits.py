"""What a channel takes, and whether a post fits it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from content.channels.domain.counting import length
from foundation.texts.messages import Message

Count = Annotated[int, Meta(ge=0, le=10**9)]
Unit = Literal["characters", "width", "bytes"]
UNITS = {"characters": Message("characters"), "width": Message("full-width characters"), "bytes": Message("bytes")}


class TextLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a text may be. `letters` are the signs that it may hold beside letters and digits; "" allows all.
    `with_tags` counts the tags as a part of it."""

    most: Count
    counted: Unit = "characters"
    least: Count = 0
    most_bytes: Count | None = None
    letters: str = ""
    with_tags: bool = False


class PictureLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """How many pictures a post may have, and how large each may be: in bytes, and in pixels where the channel says so."""

    most: Count
    bytes: Count
    width: Count | None = None
    height: Count | None = None
    side: Count | None = None


class TagLimit(Struct, frozen=True, forbid_unknown_fields=True):
    most: Count


class ChannelLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one channel takes, who says so, and when that was looked at. No `title`: its posts have none."""

    text: TextLimit
    pictures: PictureLimit
    source: Annotated[str, Meta(min_length=1)]
    checked_on: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
    confidence: Literal["vendor", "code", "general"]
    title: TextLimit | None = None
    tags: TagLimit | None = None
    folded_after_lines: Count | None = None
    hosts: frozenset[str] = frozenset()
    """Where its posts have public addresses; none: they have none."""

    def has_post_at(self, host: str) -> bool:
        """Whether a host, or one that it stands under, is the channel's: www.weibo.com is weibo.com's."""
        labels = host.lower().rstrip(".").split(".")
        return any(".".join(labels[start:]) in self.hosts for start in range(len(labels)))


class Post(Struct, frozen=True):
    """What is posted: a title, the whole text, tags, and the number of pictures."""

    text: str
    title: str = ""
    tags: Sequence[str] = ()
    pictures: int = 0


def misfits(post: Post, limits: ChannelLimits) -> Iterator[tuple[str, Message]]:
    """What of a post a channel would refuse, each with its part: `title`, `text`, `tags` or `pictures`."""
    if limits.title and post.title:
        yield from (("title", fault) for fault in too_long(post.title, limits.title))
    text = post.text + "".join(f" #{tag}" for tag in post.tags) if limits.text.with_tags else post.text
    yield from (("text", fault) for fault in too_long(text, limits.text))
    for part, count, most in (
        ("tags", len(post.tags), limits.tags.most if limits.tags else None),
        ("pictures", post.pictures, limits.pictures.most),
    ):
        if most is not None and count > most:
            yield part, Message("%(count)s are too many: at most %(most)s", count=count, most=most)


def too_long(text: str, limit: TextLimit) -> Iterator[Message]:
    """What is wrong with a text by one limit: nothing, or each fault."""
    count = length(text, limit.counted)
    unit = UNITS[limit.counted]
    if count > limit.most:
        yield Message("%(count)s %(unit)s are too long: at most %(most)s", count=count, unit=unit, most=limit.most)
    if count < limit.least:
        yield Message("%(count)s %(unit)s are too short: at least %(least)s", count=count, unit=unit, least=limit.least)
    if limit.most_bytes is not None and (count := length(text, "bytes")) > limit.most_bytes:
        yield Message(
            "%(count)s %(unit)s are too long: at most %(most)s", count=count, unit=UNITS["bytes"], most=limit.most_bytes
        )
    if limit.letters:
        foreign = sorted({letter for letter in text if not letter.isalnum() and letter not in limit.letters})
        if foreign:
            yield Message("this channel takes no %(letters)s here", letters=" ".join(foreign))


def fitting(post: Post, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """The channels that take a post as it is."""
    return [channel for channel, limit in limits.items() if not list(misfits(post, limit))]
