"""Authenticate a brand's shop by the signature of its requests."""

import base64
from datetime import datetime
from math import floor
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import hmac_data

from accounts.brands.models import Brand, Shop
from commissions.orders.models import IntakeSecret
from foundation.sealing import Unreadable, unseal_again


class ShopSignature(BaseAuthentication):
    """A request is a shop's when one of its live secrets signed its very bytes less than 300 seconds ago.
    `request.auth` is the shop that the secret belongs to.

    Raises Unreadable, a fault of ours after which the shop delivers again, when no readable secret signed it and
    another secret is sealed with a key that is gone."""

    def authenticate(self, request: Request) -> tuple[None, Shop]:
        brand = Brand.objects.filter(slug=request.parser_context["kwargs"]["brand"]).first()
        if brand is None:
            raise Http404
        body, headers = request.body, {name.lower(): value for name, value in request.headers.items()}
        unreadable: Unreadable | None = None
        for name, sealed in IntakeSecret.objects.filter(brand=brand).values_list("shop", "secret_sealed"):
            try:
                if _signed(unseal_again(sealed), body, headers):
                    return None, Shop(brand, name)
            except Unreadable as error:
                unreadable = error
        raise unreadable or AuthenticationFailed(_("The signature is wrong or too old."), code="bad_signature")

    def authenticate_header(self, request: Request) -> str:
        return "Standard-Webhooks"


class ByteWebhook(Webhook):
    """The library signs text, but a body is bytes and may not be text: bytes that are not text pass through it as lone
    surrogates, and come out unchanged."""

    def sign(self, msg_id: str, timestamp: datetime, data: str) -> str:
        to_sign = f"{msg_id}.{floor(timestamp.timestamp())}.{data}".encode(errors="surrogateescape")
        return f"v1,{base64.b64encode(hmac_data(self._whsecret, to_sign)).decode()}"


def _signed(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        ByteWebhook(secret).verify(body.decode(errors="surrogateescape"), headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: headers or a secret that are no base64
        return False
    return True


class ShopSignatureScheme(OpenApiAuthenticationExtension):
    target_class = "commissions.orders.permissions.ShopSignature"
    name = "standardWebhooks"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "webhook-signature",
            "description": "Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` with the brand's secret.",
        }
