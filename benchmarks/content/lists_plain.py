"""What the benchmarks of lists and of a tap compare ours with: the same calls as Django REST framework's handbook writes
them, beside ours in one server. Same middleware, sign-in, permissions and pages; same fields of the same rows."""

# ruff: noqa: E402  the application comes first: it sets Django up
import secrets
from typing import Any

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.conf import settings
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import once
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission
from content.kits.domain.texts import DISCLOSURE
from content.kits.models import Kit, Section
from content.media.models import Media
from content.media.rendering.addresses import address_of
from content.products.models import Product, ProductUse
from content.products.rendering import not_used_yet
from referrals.shares.models import Share
from referrals.shares.rendering import url_of
from referrals.visits.models import Visit

__all__ = ["application", "urlpatterns"]


class PublicSerializer(serializers.ModelSerializer[Any]):
    id = serializers.CharField(source="public_id", read_only=True)


class PlainProductSerializer(PublicSerializer):
    class Meta:
        model = Product
        fields = ("id", "sku", "name", "category", "price_minor", "in_stock")


class PlainSectionSerializer(serializers.ModelSerializer[Section]):
    class Meta:
        model = Section
        fields = ("kind", "channel", "text", "variant")


class PlainPictureSerializer(PublicSerializer):
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Media
        fields = ("id", "url", "thumbnail_url", "width", "height", "alt")

    def get_url(self, media: Media) -> str:
        return address_of(media, at=timezone.now())

    def get_thumbnail_url(self, media: Media) -> str:
        return address_of(media, at=timezone.now(), width=320)


class PlainKitSerializer(PublicSerializer):
    brand = serializers.CharField(source="brand.slug")
    currency = serializers.CharField(source="brand.currency")
    product = PlainProductSerializer()
    author = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version.number")
    usage_rights = serializers.CharField(source="version.usage_rights")
    checklist = serializers.ListField(source="version.checklist", child=serializers.CharField())
    images = serializers.SerializerMethodField()
    channels = serializers.SerializerMethodField()
    sections = PlainSectionSerializer(source="version.sections", many=True)
    disclosure = serializers.SerializerMethodField()
    may_share = serializers.SerializerMethodField()
    why_not = serializers.SerializerMethodField()

    class Meta:
        model = Kit
        fields = (
            "id", "brand", "title", "author", "product", "currency", "language", "version", "channels", "sections", "images", "usage_rights", "checklist",
            "starts_at", "ends_at", "disclosure", "needs_use", "may_share", "why_not", "created_at",
        )  # fmt: skip

    def get_may_share(self, kit: Any) -> bool:
        return kit.is_used or not kit.needs_use

    def get_why_not(self, kit: Any) -> str | None:
        return None if self.get_may_share(kit) else not_used_yet(kit.product.name)

    def get_author(self, kit: Kit) -> str | None:
        return kit.author.called if kit.author else None

    def get_channels(self, kit: Any) -> list[str]:
        return kit.version.channels or list(dict.fromkeys(section.channel for section in kit.version.sections.all()))

    def get_images(self, kit: Any) -> Any:
        own = [row.media for row in kit.version.pictures.all()]
        shown = own or ([row.media for row in kit.product.pictures.all()] if kit.product else [])
        return PlainPictureSerializer(shown, many=True).data

    def get_disclosure(self, kit: Kit) -> str:
        return DISCLOSURE


class PlainKitTitleSerializer(PublicSerializer):
    class Meta:
        model = Kit
        fields = ("id", "title")


class PlainShareSerializer(PublicSerializer):
    url = serializers.SerializerMethodField()
    kit = PlainKitTitleSerializer()
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]
    visits = serializers.IntegerField(source="counted")
    created_at = serializers.DateTimeField(source="shared_at")

    class Meta:
        model = Share
        fields = ("id", "code", "url", "channel", "kit", "parent", "depth", "visits", "created_at")

    def get_url(self, share: Share) -> str:
        return url_of(share)

    def get_parent(self, share: Share) -> str | None:
        return None if share.parent_id is None else Share.public_id_of(share.parent_id)


class PlainCommissionSerializer(PublicSerializer):
    order = serializers.CharField(source="line.order.key")
    line = serializers.CharField(source="line.key")
    sku = serializers.CharField(source="line.product.sku")
    product = serializers.CharField(source="line.product.name")
    currency = serializers.CharField(source="brand.currency")
    net_minor = serializers.IntegerField()
    paid_at = serializers.DateTimeField(source="line.order.paid_at")

    class Meta:
        model = Commission
        fields = (
            "id", "order", "line", "sku", "product", "level", "status", "amount_minor", "reversed_minor", "net_minor", "currency", "paid_at",
            "made_at", "approved_at",
        )  # fmt: skip


class PlainOwnList(ListAPIView[Any]):
    filter_backends = ()

    def own(self) -> Koc:
        kocs = Koc.objects.with_public_id(self.request.query_params.get("koc", ""))
        return get_object_or_404(kocs, user=self.request.user)


listed = extend_schema_view(get=extend_schema(parameters=[OpenApiParameter("koc", str)]))


@listed
class PlainKitList(PlainOwnList):
    serializer_class = PlainKitSerializer
    page_order = "-created_at"
    queryset = Kit.objects.select_related("product", "brand", "version", "author").prefetch_related(
        "version__sections", "version__pictures__media", "product__pictures__media"
    )

    def get_queryset(self) -> Any:
        koc, now = self.own(), timezone.now()
        tiers = Kit.tiers.through.objects.filter(kit=OuterRef("pk"))
        people = Kit.people.through.objects.filter(kit=OuterRef("pk"))
        used = Exists(ProductUse.objects.filter(product=OuterRef("product"), koc=koc))
        return self.queryset.annotate(is_used=used).filter(
            Q(starts_at=None) | Q(starts_at__lte=now),
            Q(ends_at=None) | Q(ends_at__gt=now),
            ~Exists(tiers) & ~Exists(people) | Exists(tiers.filter(tier=koc.tier_id)) | Exists(people.filter(koc=koc)),
            brand=koc.brand_id,
            status=Kit.Status.PUBLISHED,
        )


@listed
class PlainShareList(PlainOwnList):
    serializer_class = PlainShareSerializer
    page_order = "-shared_at"

    def get_queryset(self) -> Any:
        counted = Visit.objects.filter(share=OuterRef("pk"), uncounted=Visit.Uncounted.NO).order_by().values("share")
        visits = Coalesce(Subquery(counted.values(many=Count("pk")), output_field=IntegerField()), 0)
        return Share.objects.filter(koc=self.own()).select_related("kit").annotate(counted=visits)


@listed
class PlainCommissionList(PlainOwnList):
    serializer_class = PlainCommissionSerializer
    page_order = "-made_at"

    def get_queryset(self) -> Any:
        return Commission.objects.filter(koc=self.own()).select_related("brand", "line__order", "line__product")


class BareTapSerializer(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40)
    channel = serializers.CharField(max_length=16)


@extend_schema(request=BareTapSerializer, responses={201: BareTapSerializer})
class BareTap(APIView):
    """One row, and its code: no text, no post, no second look at whether the same tap was made today."""

    def post(self, request: Any, kit_id: str) -> Response:
        asked = BareTapSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return once(request, lambda: self._insert(kit_id, **asked.validated_data))

    def _insert(self, kit_id: str, koc: str, channel: str) -> Response:
        member = get_object_or_404(Koc.objects.with_public_id(koc), user=self.request.user)
        kit = get_object_or_404(Kit.objects.with_public_id(kit_id), brand=member.brand_id)
        now = timezone.now()
        share = Share.objects.create(
            brand_id=member.brand_id,
            koc=member,
            kit=kit,
            version_id=kit.version_id,
            channel=channel,
            code=secrets.token_urlsafe(6),
            shared_at=now,
            tapped_on=None,
        )
        return Response({"code": share.code}, status=201)


urlpatterns = [
    path("api/v1/plain/kits", PlainKitList.as_view()),
    path("api/v1/plain/shares", PlainShareList.as_view()),
    path("api/v1/plain/commissions", PlainCommissionList.as_view()),
    path("api/v1/plain/kits/<str:kit_id>/shares", BareTap.as_view()),
    path("", include("config.urls")),
]
settings.ROOT_URLCONF = __name__
