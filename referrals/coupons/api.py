"""The coupons that credit one."""

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.access.permissions.own import OfOwnKoc, OwnListView
from content.kits.models import Channel
from foundation.http.rows import RowSerializer
from referrals.coupons.models import Coupon


class CouponFilter(OfOwnKoc):
    channel = django_filters.ChoiceFilter(choices=Channel.choices)


class CouponSerializer(RowSerializer[Coupon]):
    """A code for one's customers: who uses it at the shop is credited to one, while it is good."""

    class Meta:
        model = Coupon
        fields = (
            "id", "code", "channel", "starts_at", "ends_at", "valid_days", "stock", "used", "most_per_customer", "stopped_at",
        )  # fmt: skip


@extend_schema_view(get=extend_schema(tags=["shares"], operation_id="coupons"))
class CouponListView(OwnListView[Coupon]):
    """List the coupons of one membership, the newest first."""

    serializer_class = CouponSerializer
    filterset_class = CouponFilter
    queryset = Coupon.objects.all()
    page_order = "-starts_at"
