"""Kits as lists show them: a list in one query, whatever the kits hold."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.people.models import Koc
from content.kits.models import Kit, Section, VersionPicture
from content.kits.selectors.kits import kits_for
from content.media.selectors import shown_columns
from content.products.models import ProductPicture
from foundation.postgres.saved_queries import SavedQuery

MARK_OF_SECTION = ("kind", "channel", "text", "variant")


class ListedKit(NamedTuple):
    """What a list says of a kit. `author` is a KOC's number, which None has that is the brand's own; `sections` and the
    pictures are as JSON has them."""

    pk: int
    slug: str
    title: str
    author_id: int | None
    author_name: str | None
    author_key: str | None
    product_id: int | None
    sku: str | None
    product_name: str | None
    category: str | None
    price_minor: int | None
    in_stock: bool | None
    currency: str
    language: str
    number: int
    channels: list[str] | None
    sections: list[dict[str, str]]
    own_pictures: list[dict[str, Any]]
    product_pictures: list[dict[str, Any]]
    usage_rights: str
    checklist: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    needs_use: bool
    is_used: bool
    created_at: datetime


def listed_kits(kits: QuerySet[Kit]) -> QuerySet[Any, Any]:
    """Kits that have a version, as `ListedKit`."""
    sections = Section.objects.filter(version=OuterRef("version")).order_by("position", "pk")
    pictures = {
        "own_pictures": VersionPicture.objects.filter(version=OuterRef("version")),
        "product_pictures": ProductPicture.objects.filter(product=OuterRef("product")),
    }
    return kits.annotate(
        slug=F("brand__slug"),
        currency=F("brand__currency"),
        author_name=F("author__name"),
        author_key=F("author__key"),
        sku=F("product__sku"),
        product_name=F("product__name"),
        category=F("product__category"),
        price_minor=F("product__price_minor"),
        in_stock=F("product__in_stock"),
        number=F("version__number"),
        channels=F("version__channels"),
        usage_rights=F("version__usage_rights"),
        checklist=F("version__checklist"),
        sections=ArraySubquery(sections.values(found=JSONObject(**{name: name for name in MARK_OF_SECTION}))),
        **{
            name: ArraySubquery(rows.order_by("position", "pk").values(found=shown_columns("media")))
            for name, rows in pictures.items()
        },
    ).values_list(*ListedKit._fields, named=True)


_MEMBER = SavedQuery(
    lambda koc, user: Koc.objects.filter(pk=koc, user=user).values_list("brand_id", "status"),
    koc=int,
    user=int,
)
_NEWEST = SavedQuery(
    lambda koc, brand, at, size: listed_kits(
        kits_for(Koc(pk=koc, brand_id=brand, status=Koc.Status.ACTIVE), Kit.objects.all(), at=at)
    ).order_by("-created_at", "-pk")[:size],
    koc=int,
    brand=int,
    at=datetime,
)


def newest_kits(koc: int, *, user: int, size: int, at: datetime) -> list[ListedKit]:
    """The newest kits that a membership may share, if it is that user's."""
    for brand, status in _MEMBER.rows(koc=koc, user=user):
        if status == Koc.Status.ACTIVE:
            return [ListedKit(*row) for row in _NEWEST.rows(koc=koc, brand=brand, at=at, size=size)]
    return []
