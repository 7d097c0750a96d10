"""What a poster says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from content.posters.domain.colours import BrandColours
from content.posters.domain.layouts import Design


@dataclass(frozen=True, slots=True)
class PosterText:
    """The texts of a poster that are the same for all KOCs. The price is written as people read it, such as ¥199.00, and
    may be empty. The mark of advertising is not among them: it is always there."""

    brand: str
    product: str
    headline: str
    price: str = ""
    language: str = "zh-hans"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is read when it is needed; the key is another one when the picture is."""

    key: str
    read: Callable[[], bytes] = field(compare=False)


@dataclass(frozen=True, slots=True)
class PosterTemplate:
    """All of a poster but its KOC. Templates that are equal give equal posters; `version` is the kit's."""

    design: Design
    text: PosterText
    colours: BrandColours
    picture: Picture | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Sharer:
    """Whose poster it is: the name, the link of the share, and the bytes of a portrait if there is one."""

    name: str
    link: str
    avatar: bytes | None = None


class StyleFacts(NamedTuple):
    """The look that was chosen."""

    design: str
    colour: str
    accent: str
    headline: str


class PictureFacts(NamedTuple):
    """The picture that is shown: its row, and what its file holds."""

    media: int
    digest: str


class KitFacts(NamedTuple):
    """What the rows of a kit say that its posters show. Names are as they were typed; a product's are None without one."""

    brand: str
    slug: str
    currency: str
    language: str
    title: str
    product: str | None
    sku: str | None
    price_minor: int | None
    style: StyleFacts
    picture: PictureFacts | None


class PosterFacts(NamedTuple):
    """What the rows say that one poster shows: of two that are equal the posters are."""

    kit: KitFacts
    name: str
    link: str
    avatar: PictureFacts | None = None

    def key(self, drawing: str) -> str:
        """A name for the file of this poster, as this `drawing` draws it: another one when anything that it shows is."""
        return blake2b(msgspec.json.encode([drawing, self]), digest_size=20).hexdigest()
