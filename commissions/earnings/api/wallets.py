"""How much a membership has, and where."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import asker, own_koc
from commissions.settlement.selectors.wallets import wallet_of
from foundation.http.bodies import given


class WalletQuery(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40)


class WalletSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    pending_minor = serializers.IntegerField(help_text="earned, and the hold is not over")
    approved_minor = serializers.IntegerField(help_text="the hold is over, for the next statement")
    settled_minor = serializers.IntegerField(help_text="on a statement")
    paying_minor = serializers.IntegerField(help_text="given to the bank, which has not answered yet")
    debt_minor = serializers.IntegerField(help_text="owed after refunds, as a positive number")
    paid_minor = serializers.IntegerField(help_text="paid out")


class WalletView(APIView):
    also_refuses = ("404",)

    @extend_schema(
        tags=["earnings"],
        operation_id="wallet",
        parameters=[
            OpenApiParameter("koc", OpenApiTypes.STR, required=True, description="one of your own memberships, `koc_…`")
        ],
        responses={200: WalletSerializer},
    )
    def get(self, request: Request) -> Response:
        """Read the money of one membership."""
        asked = given(WalletQuery, request.query_params)
        return Response(WalletSerializer(wallet_of(own_koc(asker(request), asked["koc"]))).data)
