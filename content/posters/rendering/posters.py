"""A poster as a JPEG: what is the same for all KOCs is drawn and encoded once; name, portrait and QR code are drawn on a
copy of the part that they stand on."""

from hashlib import sha256
from typing import NamedTuple

from PIL import Image

from content.kits.domain.texts import DISCLOSURE
from content.posters.domain.characters import initial_of
from content.posters.domain.colours import BrandColours, ink_on
from content.posters.domain.layouts import HEIGHT, LAYOUTS, OWN_TOP, WIDTH, Box, Design, Face, Slot, tries
from content.posters.domain.posters import Picture, PosterTemplate, PosterText, Sharer
from content.posters.domain.refusals import EmptyPosterText
from content.posters.rendering.faces import drawn_text
from content.posters.rendering.grounds import BEHIND, GROUNDS, INKS
from content.posters.rendering.jpegs import begun, ended
from content.posters.rendering.kept import LastUsed
from content.posters.rendering.pictures import filling, rounded
from content.posters.rendering.qr_codes import qr_picture
from content.posters.rendering.slots import draw_in, fitted_in
from content.posters.rendering.words import words_in
from foundation.texts.messages import Message

NEEDED = {
    "brand": Message("A poster names its brand in characters that can be drawn."),
    "product": Message("A poster names its product in characters that can be drawn."),
    "headline": Message("A poster has a headline of characters that can be drawn."),
}


def template_of(
    *,
    design: Design,
    text: PosterText,
    colours: BrandColours,
    picture: bytes | Picture | None = None,
    version: str = "",
) -> PosterTemplate:
    """The template of a product's posters. A picture that is stored elsewhere is given with its key, and is read only
    when the template is drawn. Raises EmptyPosterText."""
    for place, message in NEEDED.items():
        if not drawn_text(getattr(text, place)):
            raise EmptyPosterText(message, place=place)
    if isinstance(picture, bytes):
        content = picture
        picture = Picture(key=sha256(content).hexdigest(), read=lambda: content)
    return PosterTemplate(design=design, text=text, colours=colours, picture=picture, version=version)


class Ground(NamedTuple):
    """A poster without its KOC: the beginning of its file, and the pixels below."""

    beginning: bytes
    lower: Image.Image


GROUNDS_KEPT = LastUsed[Ground](most=24)
"""About 1.3 MB each."""


def poster_jpeg(template: PosterTemplate, sharer: Sharer) -> bytes:
    """The poster of one KOC, 1080 × 1440; the same template and sharer give the same bytes.

    Raises LinkDoesNotFitQr, UnreadablePicture.
    """
    ground = GROUNDS_KEPT.value_of(template, lambda: _ground_of(template))
    lower = ground.lower.copy()
    _draw_sharer(lower, template, sharer, top=OWN_TOP)
    return ended(ground.beginning, lower)


def poster(template: PosterTemplate, sharer: Sharer) -> Image.Image:
    """The poster of one KOC as pixels; its file is encoded from them."""
    canvas = canvas_of(template)
    _draw_sharer(canvas, template, sharer, top=0)
    return canvas


def _ground_of(template: PosterTemplate) -> Ground:
    canvas = canvas_of(template)
    return Ground(beginning=begun(canvas.crop((0, 0, WIDTH, OWN_TOP))), lower=canvas.crop((0, OWN_TOP, WIDTH, HEIGHT)))


def _draw_sharer(canvas: Image.Image, template: PosterTemplate, sharer: Sharer, *, top: int) -> None:
    """Draw what is of one KOC on a canvas that shows the poster from `top` on."""
    layout, inks = LAYOUTS[template.design], INKS[template.design](template.colours)
    language = template.text.language
    name = drawn_text(sharer.name) or words_in(language).somebody
    slot = layout.name._replace(box=layout.name.box.raised(top))
    canvas.paste(qr_picture(sharer.link, layout.qr.width), layout.qr.raised(top)[:2])
    draw_in(canvas, slot, name, language=language, ink=inks.name)
    _draw_avatar(canvas, layout.avatar.raised(top), name, sharer.avatar, template)


def canvas_of(template: PosterTemplate) -> Image.Image:
    """All of a poster but its KOC."""
    layout = LAYOUTS[template.design]
    picture = None
    if template.picture:
        picture = filling(
            template.picture.read(),
            (layout.picture.width, layout.picture.height),
            BEHIND[template.design](template.colours),
            place="picture",
        )
    canvas = GROUNDS[template.design](template.text, template.colours, picture)
    inks = INKS[template.design](template.colours).texts
    for place, text in drawn_texts(template).items():
        if text:
            draw_in(canvas, layout.texts[place], text, language=template.text.language, ink=inks[place])
    return canvas


def drawn_texts(template: PosterTemplate) -> dict[str, str]:
    """The texts of the template by their places, as far as they can be drawn. The mark of advertising is always there."""
    text, words = template.text, words_in(template.text.language)
    texts = {"brand": text.brand, "product": text.product, "headline": text.headline, "price": text.price}
    own = {"recommends": words.recommends, "hint": words.hint, "disclosure": DISCLOSURE}
    return {place: drawn_text(said) for place, said in (texts | own).items()}


def texts_cut(template: PosterTemplate) -> list[str]:
    """The places of the template whose text is too long, so that its end is missing: staff are told before KOCs see it."""
    slots = LAYOUTS[template.design].texts
    fits = {
        place: fitted_in(slots[place], said, template.text.language)
        for place, said in drawn_texts(template).items()
        if said
    }
    return [place for place, found in fits.items() if found.cut]


def _draw_avatar(canvas: Image.Image, box: Box, name: str, portrait: bytes | None, template: PosterTemplate) -> None:
    """The portrait in a circle, or the first character of the name in a circle of the brand's colour."""
    circle = INKS[template.design](template.colours).avatar
    mask = rounded(box.width, box.height, box.width // 2)
    if portrait is not None:
        canvas.paste(filling(portrait, (box.width, box.height), circle, place="avatar"), box[:2], mask)
        return
    canvas.paste(circle, box[:2], mask)
    slot = Slot(box, tries((box.width // 2, 1)), Face.BOLD, across=0.5, down=0.5)
    draw_in(canvas, slot, initial_of(name), language=template.text.language, ink=ink_on(circle))
