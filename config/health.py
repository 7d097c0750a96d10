"""Liveness and readiness of the process."""

from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.selectors import LateWork, late_works
from config.broker import is_reachable
from config.errors import RETRY_AFTER_SECONDS, ErrorResponseSerializer
from foundation.postgres.versions import is_migrated

OK = "ok"


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[OK])


class HealthView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(tags=["health"], operation_id="healthz", responses={200: HealthSerializer})
    def get(self, request: Request) -> Response:
        """Tell that the process is alive."""
        return Response({"status": OK})


class LateWorkSerializer(serializers.Serializer[LateWork]):
    work = serializers.ChoiceField(choices=Heartbeat.Work.values)
    done_at = serializers.DateTimeField(allow_null=True)
    every_seconds = serializers.IntegerField()


class ReadySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[OK, "degraded"])
    database = serializers.ChoiceField(choices=[OK])
    broker = serializers.ChoiceField(choices=[OK, "unreachable"])
    clock = serializers.ChoiceField(choices=[OK, "late"])
    late = LateWorkSerializer(many=True)


class StrictSerializer(serializers.Serializer[Any]):
    strict = serializers.BooleanField(
        default=False, help_text="answer 503 also when the broker or the clock is not well: for who is to be woken"
    )


def unready_database() -> str:
    """What of the database is not ready, `database` or `migrations`; empty when all is."""
    try:
        return "" if is_migrated() else "migrations"
    except DatabaseError:
        return "database"


def condition(*, at: datetime) -> dict[str, Any]:
    """How the broker and the clock are, by a database that is ready."""
    late = late_works(at=at)
    broker, clock = OK if is_reachable() else "unreachable", "late" if late else OK
    status = OK if broker == clock == OK else "degraded"
    return {"status": status, "database": OK, "broker": broker, "clock": clock, "late": late}


def refusal(*parts: str) -> Response:
    errors = [{"code": f"{part}_not_ready", "detail": f"{part} not ready", "attr": None} for part in parts]
    return Response(
        {"type": "server_error", "errors": errors}, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
    )


class ReadyView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["health"],
        operation_id="readyz",
        parameters=[StrictSerializer],
        responses={200: ReadySerializer, 503: ErrorResponseSerializer},
    )
    def get(self, request: Request) -> Response:
        """Tell whether the database answers and every migration is applied and known: else 503. An unreachable broker or a late clock
        is told, and is no reason to take this process from its load balancer: it does not need them."""
        asked = StrictSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        if reason := unready_database():
            return refusal(reason, *([] if is_reachable() else ["broker"]))
        found = condition(at=timezone.now())
        unwell = [part for part in ("broker", "clock") if found[part] != OK]
        if asked.validated_data["strict"] and unwell:
            return refusal(*unwell)
        return Response(ReadySerializer(found).data)
