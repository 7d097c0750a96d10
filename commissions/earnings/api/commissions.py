"""What each share earned."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters.fields import IsoDateTimeField
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import OfOwnKoc, OwnRowsView, asker, own_rows
from commissions.earnings.models.commissions import Commission
from commissions.earnings.selectors.earnings import (
    ListedCommission,
    commissions_of,
    listed_commissions,
    newest_commissions,
    with_lines,
)
from foundation.http.rows import RowSerializer

PAID_AT = "line__order__paid_at"


class MomentField(IsoDateTimeField):
    """A time in UTC, whatever its zone: PostgreSQL knows none that is 16 hours away."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class CommissionFilter(OfOwnKoc):
    status = django_filters.ChoiceFilter(choices=Commission.Status.choices)
    level = django_filters.ChoiceFilter(choices=[(1, "own sales"), (2, "sales of whom one invited")])

    @classmethod
    def get_filters(cls) -> Any:
        """`from` is a word of Python's own, so these two are not class attributes."""
        return super().get_filters() | {
            "from": MomentFilter(
                PAID_AT, "gte", help_text="of orders paid at this time or later; a date is its midnight in UTC"
            ),
            "to": MomentFilter(PAID_AT, "lt", help_text="of orders paid before this time"),
        }


class CommissionSerializer(RowSerializer[Commission]):
    order = serializers.CharField(source="line.order.number", read_only=True)
    line = serializers.CharField(source="line.key", read_only=True)
    sku = serializers.CharField(source="line.product.sku", read_only=True)
    product = serializers.CharField(source="line.product.name", read_only=True)
    currency = serializers.CharField(source="brand.currency", read_only=True)
    net_minor = serializers.IntegerField(read_only=True)
    paid_at = serializers.DateTimeField(source="line.order.paid_at", read_only=True)

    class Meta:
        model = Commission
        fields = (
            "id", "order", "line", "sku", "product", "level", "status", "amount_minor", "reversed_minor", "net_minor", "currency", "paid_at",
            "made_at", "approved_at",
        )  # fmt: skip


@extend_schema_view(get=extend_schema(tags=["earnings"], operation_id="commissions"))
class CommissionListView(OwnRowsView[Commission]):
    """List the commissions of one membership, the newest first."""

    serializer_class = CommissionSerializer
    filterset_class = CommissionFilter
    queryset: QuerySet[Commission] = Commission.objects.all()
    page_order = "-made_at"

    def first_rows(self, koc: str, size: int) -> list[ListedCommission]:
        return own_rows(self.request, koc, size, newest_commissions)

    def listed(self, rows: QuerySet[Commission]) -> QuerySet[Any, Any]:
        return listed_commissions(rows)

    def shown(self, rows: Sequence[ListedCommission]) -> list[dict[str, Any]]:
        return [
            {
                "id": public_id,
                "order": row.order,
                "line": row.line_key,
                "sku": row.sku,
                "product": row.product,
                "level": row.level,
                "status": row.status,
                "amount_minor": row.amount_minor,
                "reversed_minor": row.reversed_minor,
                "net_minor": row.amount_minor - row.reversed_minor,
                "currency": row.currency,
                "paid_at": row.paid_at,
                "made_at": row.made_at,
                "approved_at": row.approved_at,
            }
            for public_id, row in zip(Commission.public_ids_of(row.pk for row in rows), rows, strict=True)
        ]


class CommissionView(APIView):
    @extend_schema(tags=["earnings"], operation_id="commission", responses={200: CommissionSerializer})
    def get(self, request: Request, commission_id: str) -> Response:
        """Read one of your commissions."""
        own: Any = commissions_of(asker(request))
        return Response(CommissionSerializer(get_object_or_404(with_lines(own.with_public_id(commission_id)))).data)
