"""The posters of a kit."""

from io import BytesIO

from django.core.files.storage import storages
from django.utils.translation import override
from PIL import Image

from content.kits.models import Kit
from content.media.models import Media
from content.posters.domain.colours import BrandColours
from content.posters.domain.layouts import WIDTH, Design
from content.posters.domain.posters import Picture, PosterTemplate, PosterText, Sharer
from content.posters.rendering.faces import drawn_text
from content.posters.rendering.posters import poster, template_of
from content.posters.selectors import style_of
from foundation.texts.amounts import shown


def poster_template(kit: Kit, *, title: str, media: Media | None = None) -> PosterTemplate:
    """What is the same on all posters of a kit whose texts have this title. A name of which nothing can be drawn stands
    in letters that can: the brand's key, the SKU."""
    style, brand, product = style_of(kit), kit.brand, kit.product
    with override(kit.language):
        price = shown(product.price_minor, brand.currency) if product else ""
    text = PosterText(
        brand=_first_drawn(brand.name, brand.slug),
        product=_first_drawn(product.name, product.sku, brand.slug) if product else _first_drawn(title, brand.slug),
        headline=_first_drawn(style.headline, title, brand.name, brand.slug),
        price=price,
        language=kit.language,
    )
    colours = BrandColours.parse(style.colour, style.accent)
    return template_of(design=Design(style.design), text=text, colours=colours, picture=_picture(media))


def _picture(media: Media | None) -> Picture | None:
    """A picture as large as a poster is wide, read when its template is drawn."""
    if media is None:
        return None

    def read() -> bytes:
        with storages["media"].open(media.name_at(WIDTH)) as file:
            return bytes(file.read())

    return Picture(key=media.digest, read=read)


def _first_drawn(*texts: str) -> str:
    return next((text for text in texts if drawn_text(text)), texts[-1])


def poster_preview(template: PosterTemplate, sharer: Sharer) -> bytes:
    """A poster of half the size, to look at beside a form: a quarter of its bytes."""
    file = BytesIO()
    drawn = poster(template, sharer)
    drawn.resize((drawn.width // 2, drawn.height // 2), Image.Resampling.LANCZOS).save(file, "JPEG", quality=82)
    return file.getvalue()
