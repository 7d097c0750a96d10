"""The application of the benchmark of the order intake: Grove as it is, and beside it an endpoint that only verifies
the shop's signature."""

# ruff: noqa: I001  the application comes first: it sets Django up
from typing import Any

from config.wsgi import application

from django.conf import settings
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commissions.orders.permissions import ShopSignature

__all__ = ["application", "urlpatterns"]


class VerifyOnly(APIView):
    authentication_classes = (ShopSignature,)
    permission_classes = (AllowAny,)

    def post(self, request: Request, **_: Any) -> Response:
        return Response({"event": "evt_aaaaaaaaaaaaaaaaaaaaaa", "duplicate": False}, status=202)


urlpatterns = [path("api/v1/intake/<str:brand>/verified", VerifyOnly.as_view()), path("", include("config.urls"))]
settings.ROOT_URLCONF = __name__
