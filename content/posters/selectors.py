"""What the rows say that posters show."""

from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from content.kits.models import Kit, VersionPicture
from content.media.models import Media
from content.posters.domain.posters import KitFacts, PictureFacts, StyleFacts
from content.posters.models import PosterStyle
from content.products.models import ProductPicture


def style_of(kit: Kit) -> PosterStyle:
    """The kit's own look, else the brand's, else the first design. Not saved when nobody chose it."""
    chosen: PosterStyle | None = _styles(Q(kit=kit), brand=kit.brand_id).first()
    return chosen or PosterStyle(brand=kit.brand)


def _styles(own: Q, *, brand: Any) -> Any:
    return PosterStyle.objects.filter(own | Q(kit=None), brand=brand).order_by(F("kit").asc(nulls_last=True))


def kit_facts(kit: Kit, *, title: str, media: Media | None) -> KitFacts:
    """What posters of a kit show, with this title and picture."""
    style, brand, product = style_of(kit), kit.brand, kit.product
    return KitFacts(
        brand=brand.name,
        slug=brand.slug,
        currency=brand.currency,
        language=kit.language,
        title=title,
        product=product.name if product else None,
        sku=product.sku if product else None,
        price_minor=product.price_minor if product else None,
        style=StyleFacts(style.design, style.colour, style.accent, style.headline),
        picture=PictureFacts(media.pk, media.digest) if media else None,
    )


def columns_of_kit(kit: str, *, version: str) -> list[Any]:
    """Columns for a query over rows that lead to a kit: for `facts_in` what its posters show. `version` names an
    annotation with the version that is shown, `kit` the path to the kit."""
    look = _styles(Q(kit=OuterRef(kit)), brand=OuterRef(f"{kit}__brand"))
    look = look.values(found=JSONObject(**{name: name for name in StyleFacts._fields}))[:1]
    pictures = (
        VersionPicture.objects.filter(version=OuterRef(version)),
        ProductPicture.objects.filter(product=OuterRef(f"{kit}__product")),
    )
    first = [
        Subquery(rows.order_by("position", "pk").values(found=JSONObject(media="media_id", digest="media__digest"))[:1])
        for rows in pictures
    ]
    return [
        *(f"{kit}__{path}" for path in ("brand__name", "brand__slug", "brand__currency", "language")),
        *(f"{kit}__product__{path}" for path in ("name", "sku", "price_minor")),
        Subquery(look),
        Coalesce(*first),
        version,
    ]


def facts_in(row: tuple[Any, ...], *, title: str) -> KitFacts:
    """The facts in the columns of `columns_of_kit`. A kit without a version shows no picture."""
    brand, slug, currency, language, product, sku, price_minor, look, picture, version = row
    nobody_s = PosterStyle()
    return KitFacts(
        brand,
        slug,
        currency,
        language,
        title,
        product,
        sku,
        price_minor,
        StyleFacts(**look)
        if look
        else StyleFacts(nobody_s.design, nobody_s.colour, nobody_s.accent, nobody_s.headline),
        PictureFacts(**picture) if picture and version else None,
    )
