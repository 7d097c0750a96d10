"""The door for the brand's shop."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.brands.models import Shop
from commissions.orders.domain.events import TYPES
from commissions.orders.domain.refusals import MalformedEvent
from commissions.orders.permissions import ShopSignature
from commissions.orders.services.events import receive_event
from foundation.texts.messages import Message

LONGEST_ID = 255


class EventSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=TYPES)
    timestamp = serializers.DateTimeField(required=False)
    data = serializers.DictField(help_text="by type: see the guide of the order intake")  # type: ignore[assignment]  # only for the schema


class ReceiptSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(source="event.public_id")
    duplicate = serializers.BooleanField()


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description=description)


class OrderIntakeView(APIView):
    authentication_classes = (ShopSignature,)
    also_refuses = ("422",)
    permission_classes = (AllowAny,)  # the signature was the permission

    @extend_schema(
        tags=["intake"],
        operation_id="intake_orders",
        parameters=[
            _header("webhook-id", "names the event; the same one again changes nothing"),
            _header("webhook-timestamp", "seconds since 1970"),
        ],
        request=EventSerializer,
        responses={202: ReceiptSerializer, 200: ReceiptSerializer},
    )
    def post(self, request: Request, brand: str) -> Response:
        """Report that an order was paid, delivered, refunded or cancelled. Events may come in any order and any number of times."""
        shop: Shop = request.auth  # type: ignore[assignment]
        webhook_id = request.headers["webhook-id"]
        if len(webhook_id) > LONGEST_ID:
            raise MalformedEvent(Message("longer than 255 characters"), "webhook-id")
        receipt = receive_event(
            brand=shop.brand, shop=shop.name, webhook_id=webhook_id, body=request.body, at=timezone.now()
        )
        return Response(ReceiptSerializer(receipt).data, status=200 if receipt.duplicate else 202)
