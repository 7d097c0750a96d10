"""The posters of a kit."""

from io import BytesIO

from django.core.files.storage import storages
from django.utils.translation import override
from PIL import Image

from content.kits.models import Kit
from content.media.models import Media
from content.posters.domain.colours import BrandColours
from content.posters.domain.layouts import WIDTH, Design
from content.posters.domain.posters import (
    KitFacts,
    Picture,
    PictureFacts,
    PosterFacts,
    PosterTemplate,
    PosterText,
    Sharer,
)
from content.posters.rendering.faces import drawn_text
from content.posters.rendering.posters import poster, poster_jpeg, template_of
from content.posters.selectors import kit_facts
from foundation.texts.amounts import shown

WIDTH_OF_AVATAR = 320  # a thumbnail of it; a poster shows 112


def poster_template(kit: Kit, *, title: str, media: Media | None = None) -> PosterTemplate:
    """What is the same on all posters of a kit whose texts have this title."""
    return template_for(kit_facts(kit, title=title, media=media))


def template_for(kit: KitFacts) -> PosterTemplate:
    """The template of a kit's posters. A name of which nothing can be drawn stands in letters that can: the brand's key,
    the SKU."""
    product, style = kit.product, kit.style
    with override(kit.language):
        price = "" if kit.price_minor is None else shown(kit.price_minor, kit.currency)
    text = PosterText(
        brand=_first_drawn(kit.brand, kit.slug),
        product=_first_drawn(kit.title if product is None else product, kit.sku or kit.slug, kit.slug),
        headline=_first_drawn(style.headline, kit.title, kit.brand, kit.slug),
        price=price,
        language=kit.language,
    )
    colours = BrandColours.parse(style.colour, style.accent)
    return template_of(design=Design(style.design), text=text, colours=colours, picture=_picture(kit.picture))


def poster_of(facts: PosterFacts) -> bytes:
    """A poster as a JPEG of 1080 × 1440. Raises UnreadablePicture, FileNotFoundError."""
    avatar = _read(facts.avatar, WIDTH_OF_AVATAR) if facts.avatar else None
    return poster_jpeg(template_for(facts.kit), Sharer(facts.name, facts.link, avatar))


def _picture(shown: PictureFacts | None) -> Picture | None:
    """A picture as large as a poster is wide, read when its template is drawn."""
    if shown is None:
        return None

    return Picture(key=shown.digest, read=lambda: _read(shown, WIDTH))


def _read(shown: PictureFacts, width: int) -> bytes:
    """The bytes of a picture at least so wide. Raises FileNotFoundError, also where its row was removed meanwhile."""
    media = Media.objects.filter(pk=shown.media).first()
    if media is None:
        raise FileNotFoundError(shown.media)
    with storages["media"].open(media.name_at(width)) as file:
        return bytes(file.read())


def _first_drawn(*texts: str) -> str:
    return next((text for text in texts if drawn_text(text)), texts[-1])


def poster_preview(template: PosterTemplate, sharer: Sharer) -> bytes:
    """A poster of half the size, to look at beside a form: a quarter of its bytes."""
    file = BytesIO()
    drawn = poster(template, sharer)
    drawn.resize((drawn.width // 2, drawn.height // 2), Image.Resampling.LANCZOS).save(file, "JPEG", quality=82)
    return file.getvalue()
