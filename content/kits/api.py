"""Kits that a KOC may share."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.permissions.own import OwnKocFilter, OwnRowsView, asker, own_rows
from accounts.people.models import Koc
from content.kits.domain.texts import DISCLOSURE
from content.kits.models import Channel, Kit, Section
from content.kits.selectors.kits import kits_for, kits_open_to, with_contents
from content.kits.selectors.listed import ListedKit, listed_kits, newest_kits
from content.media.api import ShownPicture
from content.media.rendering.addresses import shown_pictures
from content.products.api import ProductSerializer
from content.products.models import Product
from content.products.rendering import not_used_yet
from foundation.http.rows import RowSerializer

ORDERS = ["-created_at", "created_at", "title", "-title"]


class KitOfKocFilter(OwnKocFilter):
    def rows_of(self, qs: QuerySet[Any], koc: Koc) -> QuerySet[Any]:
        return kits_for(koc, qs, at=timezone.now())


class KitFilter(django_filters.FilterSet):
    koc = KitOfKocFilter()
    product = django_filters.CharFilter(method="of_product", help_text="a product's id, `prd_…`, or its SKU")
    category = django_filters.CharFilter(field_name="product__category")
    channel = django_filters.ChoiceFilter(
        choices=Channel.choices, method="for_channel", help_text="with a text for this channel, or for any"
    )
    language = django_filters.ChoiceFilter(choices=Kit.Language.choices, help_text="of its texts")
    q = django_filters.CharFilter(method="that_say", help_text="in the title, a text or the product's name")
    ordering = django_filters.ChoiceFilter(
        choices=[(order, order) for order in ORDERS], method="as_they_are", help_text=f"by default {ORDERS[0]}"
    )

    def of_product(self, kits: QuerySet[Kit], name: str, value: str) -> QuerySet[Kit]:
        number = Product.number_of(value)
        return kits.filter(product__sku=value) if number is None else kits.filter(product=number)

    def for_channel(self, kits: QuerySet[Kit], name: str, value: str) -> QuerySet[Kit]:
        offered = Q(version__channels=None) | Q(version__channels__contains=[value])
        return kits.filter(
            offered, Exists(Section.objects.filter(version=OuterRef("version"), channel__in=[value, Channel.ANY]))
        )

    def that_say(self, kits: QuerySet[Kit], name: str, value: str) -> QuerySet[Kit]:
        said = Exists(Section.objects.filter(version=OuterRef("version"), text__icontains=value))
        return kits.filter(Q(title__icontains=value) | Q(product__name__icontains=value) | said)

    def as_they_are(self, kits: QuerySet[Kit], name: str, value: str) -> QuerySet[Kit]:
        return kits  # the pages put them in order


class SectionSerializer(RowSerializer[Section]):
    class Meta:
        model = Section
        fields = ("kind", "channel", "text", "variant")


class KitSerializer(RowSerializer[Kit]):
    brand = serializers.CharField(source="brand.slug", read_only=True)
    currency = serializers.CharField(source="brand.currency", read_only=True)
    product = ProductSerializer(read_only=True, allow_null=True)
    author = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version.number", read_only=True)
    usage_rights = serializers.CharField(source="version.usage_rights", read_only=True)
    checklist = serializers.ListField(source="version.checklist", child=serializers.CharField(), read_only=True)
    images = serializers.SerializerMethodField()
    channels = serializers.SerializerMethodField()
    sections = SectionSerializer(source="version.sections", many=True, read_only=True)
    disclosure = serializers.SerializerMethodField()
    may_share = serializers.SerializerMethodField(help_text="whether a tap would be taken")
    why_not = serializers.SerializerMethodField(help_text="what keeps you from sharing it, in words; null when you may")

    class Meta:
        model = Kit
        fields = (
            "id", "brand", "title", "author", "product", "currency", "language", "version", "channels", "sections", "images", "usage_rights", "checklist",
            "starts_at", "ends_at", "disclosure", "needs_use", "may_share", "why_not", "created_at",
        )  # fmt: skip
        extra_kwargs = {"needs_use": {"help_text": "only who has used the product may share it"}}

    def get_author(self, kit: Kit) -> str | None:
        """The KOC whose content it is; none for the brand's own."""
        return kit.author.called if kit.author else None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Channel.choices)))
    def get_channels(self, kit: Kit) -> list[str]:
        """Where it is offered; of an imported kit, what its texts are for."""
        version: Any = kit.version
        return version.channels or list(dict.fromkeys(section.channel for section in version.sections.all()))

    @extend_schema_field(ShownPicture(many=True))
    def get_images(self, kit: Kit) -> Any:
        """Those of its posts; without, its product's."""
        version, product = kit.version, kit.product
        own = [row.media for row in version.pictures.all()] if version else []
        shown: Any = own or ([row.media for row in product.pictures.all()] if product else [])
        return ShownPicture(shown, many=True).data

    def get_disclosure(self, kit: Kit) -> str:
        return DISCLOSURE

    def get_may_share(self, kit: Any) -> bool:
        return kit.is_used or not kit.needs_use

    def get_why_not(self, kit: Any) -> str | None:
        return None if self.get_may_share(kit) else not_used_yet(kit.product.name)


@extend_schema_view(get=extend_schema(tags=["kits"], operation_id="kits"))
class KitListView(OwnRowsView[Kit]):
    """List the kits that this membership may share."""

    serializer_class = KitSerializer
    filterset_class = KitFilter
    queryset = Kit.objects.all()

    @property
    def page_order(self) -> str:
        return self.request.query_params.get("ordering") or ORDERS[0]

    def first_rows(self, koc: str, size: int) -> list[ListedKit]:
        return own_rows(self.request, koc, size, partial(newest_kits, at=timezone.now()))

    def listed(self, rows: QuerySet[Kit]) -> QuerySet[Any, Any]:
        return listed_kits(rows)

    def shown(self, rows: Sequence[ListedKit]) -> list[dict[str, Any]]:
        products = Product.public_ids_by_number(row.product_id for row in rows)
        pictures = shown_pictures([row.own_pictures or row.product_pictures for row in rows], at=timezone.now())
        return [
            {
                "id": public_id,
                "brand": row.slug,
                "title": row.title,
                "author": None if row.author_id is None else row.author_name or row.author_key,
                "product": _product(row, products[row.product_id]),
                "currency": row.currency,
                "language": row.language,
                "version": row.number,
                "channels": row.channels or list(dict.fromkeys(section["channel"] for section in row.sections)),
                "sections": [
                    {
                        "kind": section["kind"],
                        "channel": section["channel"],
                        "text": section["text"],
                        "variant": section["variant"],
                    }
                    for section in row.sections
                ],
                "images": images,
                "usage_rights": row.usage_rights,
                "checklist": row.checklist,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "disclosure": DISCLOSURE,
                "needs_use": row.needs_use,
                "may_share": row.is_used or not row.needs_use,
                "why_not": not_used_yet(row.product_name or "") if row.needs_use and not row.is_used else None,
                "created_at": row.created_at,
            }
            for public_id, row, images in zip(Kit.public_ids_of(row.pk for row in rows), rows, pictures, strict=True)
        ]


def _product(kit: ListedKit, public_id: str | None) -> dict[str, Any] | None:
    if public_id is None:
        return None
    return {
        "id": public_id,
        "sku": kit.sku,
        "name": kit.product_name,
        "category": kit.category,
        "price_minor": kit.price_minor,
        "in_stock": kit.in_stock,
    }


class KitView(GenericAPIView[Kit]):
    serializer_class = KitSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(tags=["kits"], operation_id="kit")
    def get(self, request: Request, kit_id: str) -> Response:
        """Read one kit."""
        kits: Any = kits_open_to(asker(request), at=timezone.now())
        return Response(KitSerializer(get_object_or_404(with_contents(kits.with_public_id(kit_id)))).data)
