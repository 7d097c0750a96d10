"""What the benchmark compares the fast redirect with: the same link as a Django view that selects the share and inserts
the visit, as one would write it first."""

# ruff: noqa: E402  the application comes first: it sets Django up
import secrets
from typing import Any

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone

from referrals.shares.models import Share
from referrals.visits.models import Visit

__all__ = ["application", "urlpatterns"]


def link(request: HttpRequest, code: str) -> HttpResponse:
    share: Any = get_object_or_404(Share.objects.select_related("kit__product", "brand"), code=code)
    visitor = request.COOKIES.get("grove_visitor") or secrets.token_urlsafe(16)
    visit = Visit.objects.create(share=share, visitor=visitor, visited_at=timezone.now())
    response = HttpResponseRedirect(
        share.brand.landing_url.format(sku=share.kit.product.sku) + f"?grove_click={visit.public_id}"
    )
    response.set_cookie("grove_visitor", visitor, max_age=365 * 24 * 3600, httponly=True, samesite="Lax")
    return response


urlpatterns = [path("s/<str:code>", link)]
settings.ROOT_URLCONF = __name__
