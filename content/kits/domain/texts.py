"""The post of a KOC: the texts of a kit for one channel."""

from collections.abc import Sequence
from typing import NamedTuple

ANY = "any"
DISCLOSURE = (
    "广告"  # 互联网广告管理办法 Art. 9: experience content with a purchase link is marked; it cannot be switched off
)


class Text(NamedTuple):
    """A text of a kit. Texts of one kind and channel with a `variant` are alternatives: a post has one of them."""

    kind: str
    channel: str
    text: str
    variant: str = ""


def texts_for(channel: str, texts: Sequence[Text]) -> list[Text]:
    """For each kind the texts written for this channel, if there are any; else those for any channel. The order is the
    kit's."""
    special = {text.kind for text in texts if text.channel == channel}
    return [text for text in texts if text.channel == (channel if text.kind in special else ANY)]


def post_text(texts: Sequence[Text], url: str) -> str:
    """The post as one text: the texts, the mark of advertising, the link."""
    return "\n".join([*(text.text for text in texts), f"{DISCLOSURE} {url}"])
