"""What an author's own content brought."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.access.permissions.own import OfOwnKoc, OwnKocFilter, OwnListView
from accounts.people.models import Koc
from commissions.results.models import KitResult
from commissions.results.selectors import results_of_author

FEWEST_SHARERS = 3
"""Of fewer, sales would say what somebody else sold."""


class AuthorFilter(OwnKocFilter):
    def rows_of(self, qs: QuerySet[Any], koc: Koc) -> QuerySet[Any]:
        return qs & results_of_author(koc)


class ResultFilter(OfOwnKoc):
    koc = AuthorFilter()


class KitResultSerializer(serializers.ModelSerializer[KitResult]):
    kit = serializers.CharField(source="kit.public_id", read_only=True)
    title = serializers.CharField(source="kit.title", read_only=True)
    currency = serializers.CharField(source="brand.currency", read_only=True)
    half_life_hours = serializers.SerializerMethodField(help_text="after it half of all visits had come")
    orders = serializers.SerializerMethodField(help_text=f"null while fewer than {FEWEST_SHARERS} people shared it")
    gmv_minor = serializers.SerializerMethodField(
        help_text=f"what was sold, less what was given back; null while fewer than {FEWEST_SHARERS} people shared it"
    )

    class Meta:
        model = KitResult
        fields = (
            "kit", "title", "shares", "kocs", "again", "depth", "people", "visits", "half_life_hours", "orders", "gmv_minor", "currency", "counted_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_half_life_hours(self, result: KitResult) -> float | None:
        return None if result.half_life is None else round(result.half_life.total_seconds() / 3600, 1)

    def get_orders(self, result: KitResult) -> int | None:
        return result.orders if result.kocs >= FEWEST_SHARERS else None

    def get_gmv_minor(self, result: KitResult) -> int | None:
        return result.gmv_minor if result.kocs >= FEWEST_SHARERS else None


@extend_schema_view(get=extend_schema(tags=["content"], operation_id="results"))
class ResultListView(OwnListView[KitResult]):
    """List what your own content brought, kit by kit, whoever shared it; counted every hour."""

    serializer_class = KitResultSerializer
    filterset_class = ResultFilter
    queryset: QuerySet[KitResult] = KitResult.objects.select_related("kit", "brand")
    page_order = "-pk"
