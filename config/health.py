"""Liveness and readiness of the process."""

from typing import Any

from django.db import DatabaseError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.errors import ErrorResponseSerializer
from foundation.postgres.versions import is_migrated


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ok"])


class HealthView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(tags=["health"], operation_id="healthz", responses={200: HealthSerializer})
    def get(self, request: Request) -> Response:
        """The process is alive."""
        return Response({"status": "ok"})


def unready() -> str:
    """What is not ready, `database` or `migrations`; empty when all is."""
    try:
        return "" if is_migrated() else "migrations"
    except DatabaseError:
        return "database"


class ReadyView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["health"], operation_id="readyz", responses={200: HealthSerializer, 503: ErrorResponseSerializer}
    )
    def get(self, request: Request) -> Response:
        """The database answers, and every migration is applied and known."""
        reason = unready()
        if reason:
            error = {"code": f"{reason}_not_ready", "detail": f"{reason} not ready", "attr": None}
            return Response({"type": "server_error", "errors": [error]}, status=503)
        return Response({"status": "ok"})
