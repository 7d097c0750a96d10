"""What is known of a version before it is published."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Value
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from content.channels.selectors import channel_limits
from content.kits.domain.objections import Objection, objections, unanswered
from content.kits.domain.posts import Head, publication_faults
from content.kits.domain.texts import ANY, Text
from content.kits.models import Channel, KitVersion, VersionPicture
from content.media.models import Media
from content.products.models import Product, ProductPicture
from content.review.domain.prices import Prices
from content.review.domain.word_lists import shipped_lists
from content.review.models import ReviewPolicy
from foundation.money.amounts import digits_of
from foundation.postgres.saved_queries import SavedQuery

CATEGORIES = {
    "absolute": gettext_lazy("absolute term"),
    "medical": gettext_lazy("medical claim"),
    "scarcity": gettext_lazy("false scarcity"),
    "guarantee": gettext_lazy("guarantee"),
    "superstition": gettext_lazy("superstition"),
    "privilege": gettext_lazy("privilege"),
    "diversion": gettext_lazy("leads away from the platform"),
    "price": gettext_lazy("another price"),
    "disclosure": gettext_lazy("mark of advertising"),
}


def texts_and_heads(version: KitVersion) -> tuple[list[Text], list[Head]]:
    """The texts of a version in their order, and its titles and tags. Those that were published never change, so a process
    reads them once."""
    if version.status in KitVersion.OPEN:
        return _read(version)
    texts, heads = _kept(version.pk, version.written_at, version.published_at)
    return list(texts), list(heads)


@lru_cache(maxsize=500)
def _kept(version: int, *_of: datetime | None) -> tuple[list[Text], list[Head]]:
    """By when they were written and published, too: a database that was restored may give a number again."""
    return _read(KitVersion(pk=version))


def _read(version: KitVersion) -> tuple[list[Text], list[Head]]:
    return (
        [Text(row.kind, row.channel, row.text, row.variant) for row in version.sections.all()],
        [Head(row.channel, row.title, row.tags) for row in version.headings.all()],
    )


def _columns(which: int) -> list[Any]:
    return [Value(which), "position", "pk", *(f"media__{field.attname}" for field in Media._meta.concrete_fields)]


_PICTURES = SavedQuery(
    lambda version: (
        VersionPicture.objects.filter(version=version)
        .order_by()
        .values_list(*_columns(0))
        .union(
            ProductPicture.objects.filter(product__kits__versions=version).order_by().values_list(*_columns(1)),
            all=True,
        )
    ),
    version=int,
)


def pictures_of(version: KitVersion) -> list[Media]:
    """The pictures of a version in their order; of one that has none, its product's."""
    found = sorted((row[:3], row[3:]) for row in _PICTURES.rows(version=version.pk))
    names = [field.attname for field in Media._meta.concrete_fields]
    return [Media.from_db(connection.alias, names, media) for place, media in found if place[0] == found[0][0][0]]


def prices_of(product: Product | None, brand: Brand) -> Prices | None:
    """The prices that a text about a product may name."""
    return Prices(frozenset({product.price_minor}), digits_of(brand.currency)) if product else None


def objections_to(version: KitVersion) -> list[Objection]:
    """What law and platforms object to in everything that a version says, its own title too, and nobody has justified."""
    texts, heads = texts_and_heads(version)
    heads = [Head(ANY, version.title, ()), *heads]  # on posters, on the page of a share, in the list of kits
    prices = prices_of(version.kit.product, version.kit.brand)
    found = list(objections(version.channels or [], texts, heads, lists=shipped_lists(), prices=prices))
    return unanswered(found, {(row.category, row.found) for row in version.justifications.all()})


def in_words(objection: Objection) -> str:
    """An objection as the author reads it: the piece, what kind it is, why, what to write, and who says so."""
    hit, language = objection.hit, get_language() or "en"
    return _("“%(found)s” (%(category)s): %(reason)s %(suggestion)s [%(source)s]") % {
        "found": hit.found, "category": CATEGORIES.get(hit.category, hit.category), "reason": hit.reason.told_in(language),
        "suggestion": hit.suggestion.told_in(language), "source": hit.source,
    }  # fmt: skip


def faults_of(version: KitVersion) -> list[str]:
    """Everything that keeps a version from being published, in words: what does not fit, and what law and platforms
    object to and nobody has justified."""
    texts, heads = texts_and_heads(version)
    unfit = list(
        publication_faults(
            version.channels or [],
            texts,
            heads,
            channel_limits(),
            has_product=version.kit.product_id is not None,
            pictures=len(pictures_of(version)),
            names={value: str(label) for value, label in Channel.choices},
        )
    )
    if version.kit.needs_use and version.kit.product_id is None:
        unfit.append(_("Only who has used the product may share this kit, and it has no product."))
    return [*unfit, *map(in_words, objections_to(version))]


def needs_second_person(brand: Brand) -> bool:
    """Whether the brand wants another person than the author to publish."""
    return ReviewPolicy.objects.filter(brand=brand, needs_second_person=True).exists()
