"""What everybody may open: the link of a share and its QR code."""

import io
import re
import secrets
from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from content.models import Kit
from referrals.api.shares import url_of
from referrals.domain.landing import brand_page, product_page, with_click
from referrals.domain.robots import PREFETCH, is_prefetch, is_robot
from referrals.models import Share
from referrals.selectors.shares import share_behind
from referrals.services.visits import record_visit

COOKIE = "grove_visitor"
A_YEAR = 365 * 24 * 3600
OURS = re.compile(r"[A-Za-z0-9_-]{22}")  # what we once gave; anything else is not taken for a visitor
PAGE = OpenApiResponse(OpenApiTypes.STR, description="A page that says so.")


class Link(APIView):
    """A door for readers: no token, and an answer whatever the browser says that it accepts."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:  # noqa: FBT001, FBT002  the framework's
        return JSONRenderer(), "application/json"

    def unknown(self, request: Request) -> HttpResponse:
        return render(request, "referrals/unknown_link.html", status=404)


class LinkView(Link):
    @extend_schema(
        tags=["links"],
        operation_id="link",
        responses={302: OpenApiResponse(description="To the brand's page, with `grove_click` in its query."), (404, "text/html"): PAGE},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Send a reader on to the brand's page, and count the visit once per visitor and share within an hour."""
        share = share_behind(code)
        if share is None:
            return self.unknown(request)
        if request.method == "HEAD" or is_prefetch([request.headers.get(name, "") for name in PREFETCH]):
            return _sent_to(landing_page(share))
        visitor = _visitor(request)
        visit = record_visit(share=share, visitor=visitor, robot=is_robot(request.headers.get("User-Agent", "")), at=timezone.now())
        response = _sent_to(with_click(landing_page(share), visit.public_id))
        response.set_cookie(COOKIE, visitor, max_age=A_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
        return response


class QrView(Link):
    @extend_schema(tags=["links"], operation_id="link_qr", responses={(200, "image/svg+xml"): OpenApiTypes.STR, (404, "text/html"): PAGE})
    def get(self, request: Request, code: str) -> HttpResponse:
        """The link as a QR code."""
        share = share_behind(code)
        if share is None:
            return self.unknown(request)
        drawn = io.BytesIO()
        segno.make(url_of(share), error="m", micro=False).save(drawn, kind="svg", scale=8, border=4, svgclass=None, lineclass=None)
        return HttpResponse(drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": f"public, max-age={24 * 3600}"})


def landing_page(share: Share) -> str:
    """The product's page; the brand's own when the kit has no product or has ended."""
    kit: Any = share.kit
    template = share.brand.landing_url
    if kit.product is None or kit.status == Kit.Status.ENDED:
        return brand_page(template)
    return product_page(kit.product.landing_url or template, kit.product.sku)


def _visitor(request: Request) -> str:
    known = request.COOKIES.get(COOKIE, "")
    return known if OURS.fullmatch(known) else secrets.token_urlsafe(16)


def _sent_to(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"  # a kept redirect would hide every later visit
    return response
