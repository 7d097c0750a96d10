"""Who is asking: a brand's shop, by the signature of what it sends."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import Brand
from commissions.models import IntakeSecret


class ShopSignature(BaseAuthentication):
    """A request is the shop's when one of the brand's live secrets signed its very bytes less than 300 seconds ago. `request.auth` is the brand."""

    def authenticate(self, request: Request) -> tuple[None, Brand]:
        brand = Brand.objects.filter(slug=request.parser_context["kwargs"]["brand"]).first()
        if brand is None:
            raise Http404
        secrets = IntakeSecret.objects.filter(brand=brand).values_list("secret", flat=True)
        body, headers = request.body, {name.lower(): value for name, value in request.headers.items()}
        if not any(_signed(secret, body, headers) for secret in secrets):
            raise AuthenticationFailed(_("The signature is wrong or too old."), code="bad_signature")
        return None, brand

    def authenticate_header(self, request: Request) -> str:
        return "Standard-Webhooks"


def _signed(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: headers or a secret that are no base64, a body that is no UTF-8
        return False
    return True


class ShopSignatureScheme(OpenApiAuthenticationExtension):
    target_class = "commissions.permissions.ShopSignature"
    name = "standardWebhooks"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "webhook-signature",
            "description": "Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` with the brand's secret.",
        }
