"""What everybody may open: the link of a share and its QR code."""

import io
import logging
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import segno
from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from content.posters.services.keeping import kept_poster, poster_key
from referrals.shares.models import Share
from referrals.shares.rendering import share_page, url_of
from referrals.visits.domain.landing import with_click
from referrals.visits.domain.readers import A_YEAR, COOKIE, loads_in_advance, reader
from referrals.visits.selectors.landing import has_ended, page_behind, share_behind
from referrals.visits.selectors.posters import poster_behind
from referrals.visits.selectors.source_keys import source_key
from referrals.visits.services.visits import record_visit

logger = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])
Found = TypeVar("Found")
PAGE = OpenApiResponse(OpenApiTypes.STR, description="A page that says so.")


def opens(operation_id: str, description: str) -> Callable[[F], F]:
    """The schema of a page that is opened by a code."""
    shown = OpenApiResponse(OpenApiTypes.STR, description=description)
    responses = {(200, "text/html"): shown, (404, "text/html"): PAGE}
    return extend_schema(tags=["links"], operation_id=operation_id, responses=responses)


def draws(operation_id: str) -> Callable[[F], F]:
    """The schema of a link as a picture."""
    responses = {(200, "image/svg+xml"): OpenApiTypes.STR, (404, "text/html"): PAGE}
    return extend_schema(tags=["links"], operation_id=operation_id, responses=responses)


class PublicPage(APIView):
    """A page for readers: no token, and an answer whatever the browser says that it accepts."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:  # noqa: FBT001, FBT002  the framework's
        return JSONRenderer(), "application/json"

    def handle_exception(self, exc: Exception) -> Any:
        """A code that nobody has is answered by a page."""
        return self.unknown() if isinstance(exc, Http404) else super().handle_exception(exc)

    def unknown(self) -> HttpResponse:
        return render(self.request, "referrals/unknown_link.html", status=404)


def known(row: Found | None) -> Found:
    """What stands behind a code. Raises Http404."""
    if row is None:
        raise Http404
    return row


class LinkView(PublicPage):
    @extend_schema(
        tags=["links"],
        operation_id="link",
        parameters=[
            OpenApiParameter("view", int, enum=[1], description="1: the page of the share in the place of the redirect")
        ],
        responses={
            302: OpenApiResponse(description="To the brand's page, with `grove_click` in its query."),
            (200, "text/html"): OpenApiResponse(OpenApiTypes.STR, description="The page of the share (`view=1`)."),
            (404, "text/html"): PAGE,
        },
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Send a reader on to the brand's page, or show the page of the share; the visit is counted once per visitor and
        share within an hour, whichever way it goes.

        The door (`referrals.visits.api.redirect`) answers most clicks before they come here; here come those that it
        leaves."""
        share, now = known(share_behind(code)), timezone.now()
        page = page_behind(share, at=now)
        if page is None:
            logger.warning("links of brand %s lead nowhere: its page is %r", share.brand.slug, share.brand.landing_url)
            return self.unknown()
        shows = request.query_params.get("view") == "1" and not has_ended(share.kit, at=now)
        if request.method == "HEAD" or loads_in_advance(request.META):
            return self._page(share, url_of(share)) if shows else _sent_to(page)
        who = reader(
            request.META, fresh=secrets.token_urlsafe(16), proxies=settings.NUM_PROXIES, key=source_key(at=now)
        )
        visit = record_visit(share=share, visitor=who.visitor, robot=who.is_robot, source=who.source, at=now)
        onward = with_click(page, visit.public_id)
        response = self._page(share, onward) if shows else _sent_to(onward)
        if who.keeps_cookie:
            response.set_cookie(
                COOKIE,
                who.visitor,
                max_age=A_YEAR,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    def _page(self, share: Share, onward: str) -> HttpResponse:
        """The share as a page that needs no script and asks nobody else for anything; `onward` is its one button."""
        response = render(
            self.request, "referrals/share.html", share_page(share, at=timezone.now()) | {"onward": onward}
        )
        response["Cache-Control"] = "no-store"  # its button carries this reader's click
        response["Content-Security-Policy"] = "default-src 'none'; img-src 'self' https:; style-src 'unsafe-inline'"
        return response


class QrView(PublicPage):
    @draws("link_qr")
    def get(self, request: Request, code: str) -> HttpResponse:
        """Draw the link as a QR code."""
        return qr_picture(url_of(known(share_behind(code))))


class PosterView(PublicPage):
    @extend_schema(
        tags=["links"],
        operation_id="link_poster",
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="It is the one of the `ETag` that was sent."),
            (404, "text/html"): PAGE,
        },
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Draw the poster of a share: the product, its price, who recommends it, the link as a QR code. Once: it is kept, and
        drawn anew when anything on it is another."""
        facts = known(poster_behind(code))
        etag, response = quote_etag(poster_key(facts)), HttpResponse(content_type="image/jpeg")
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            poster = kept_poster(facts, at=timezone.now())
            response.content = poster.content
            etag = etag if poster.is_whole else ""
        if etag:
            response["ETag"] = etag
        response["Cache-Control"] = f"public, max-age={3600}"
        return response


def qr_picture(url: str) -> HttpResponse:
    """An address as a picture to download."""
    drawn = io.BytesIO()
    _qr_code(url).save(drawn, kind="svg", scale=8, border=4, svgclass=None, lineclass=None)
    return HttpResponse(
        drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": f"public, max-age={24 * 3600}"}
    )


def qr_inline(url: str) -> str:
    """An address as a picture inside of a page."""
    return str(_qr_code(url).svg_inline(scale=6, border=2))


def _qr_code(url: str) -> segno.QRCode:
    return segno.make(url, error="m", micro=False)


def _sent_to(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"  # a kept redirect would hide every later visit
    return response
