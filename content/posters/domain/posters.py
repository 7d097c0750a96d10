"""What a poster says."""

from collections.abc import Callable
from dataclasses import dataclass, field

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
