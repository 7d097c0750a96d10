"""The coupons that credit one."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.permissions.own import OwnKocFilter
from content.kits.models import Channel
from referrals.coupons.models import Coupon


class CouponFilter(django_filters.FilterSet):
    koc = OwnKocFilter()
    channel = django_filters.ChoiceFilter(choices=Channel.choices)

    class Meta:
        model = Coupon
        fields = ()


class CouponSerializer(serializers.ModelSerializer[Coupon]):
    """A code for one's customers: who uses it at the shop is credited to one, while it is good."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Coupon
        fields = (
            "id",
            "code",
            "channel",
            "starts_at",
            "ends_at",
            "valid_days",
            "stock",
            "used",
            "most_per_customer",
            "stopped_at",
        )
        read_only_fields = fields


class CouponListView(ListAPIView[Coupon]):
    serializer_class = CouponSerializer
    filterset_class = CouponFilter
    queryset = Coupon.objects.all()  # the required `koc` says which

    def order_of_pages(self, request: Request) -> str:
        return "-starts_at"

    @extend_schema(tags=["shares"], operation_id="coupons")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The coupons of one membership, the newest first."""
        return super().get(request, *args, **kwargs)
