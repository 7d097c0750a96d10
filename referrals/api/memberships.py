"""One's memberships in brands' programmes."""

import json
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Brand, Koc, Tier
from accounts.permissions.idempotency import IDEMPOTENCY_KEY, once
from accounts.permissions.own import asker, own_koc
from referrals.services.joining import join_brand

LONGEST_ANSWERS = 20_000


@extend_schema_field({"type": "object", "additionalProperties": True})
class Answers(serializers.JSONField):
    """What an applicant answers to the brand's questions: an object, in characters that a database keeps."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Must be an object."), code="not_an_object")
        text = json.dumps(data, ensure_ascii=False)
        if len(text) > LONGEST_ANSWERS:
            raise serializers.ValidationError(_("Is too long."), code="max_length")
        if "\\u0000" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise serializers.ValidationError(_("Has characters that are not text."), code="not_text")
        return data


class JoinSerializer(serializers.Serializer[Any]):
    brand = serializers.CharField(max_length=50, help_text="its slug")
    invite_code = serializers.CharField(max_length=16, required=False, allow_blank=True, allow_null=True)
    answers = Answers(required=False)


class BrandSerializer(serializers.ModelSerializer[Brand]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Brand
        fields = ("id", "slug", "name", "currency", "timezone")
        read_only_fields = fields


class TierSerializer(serializers.ModelSerializer[Tier]):
    class Meta:
        model = Tier
        fields = ("key", "name", "rank", "multiplier_bps")
        read_only_fields = fields


class MembershipSerializer(serializers.ModelSerializer[Koc]):
    id = serializers.CharField(source="public_id", read_only=True)
    brand = BrandSerializer(read_only=True)
    tier = TierSerializer(read_only=True)

    class Meta:
        model = Koc
        fields = ("id", "brand", "name", "status", "tier", "invite_code", "joined_at", "approved_at")
        read_only_fields = fields


class MembershipListView(ListAPIView[Koc]):
    serializer_class = MembershipSerializer
    filter_backends = ()
    queryset = Koc.objects.none()

    def get_queryset(self) -> QuerySet[Koc]:
        return Koc.objects.filter(user=asker(self.request)).select_related("brand", "tier")

    @extend_schema(tags=["me"], operation_id="memberships")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your memberships, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(tags=["me"], operation_id="membership_join", parameters=[IDEMPOTENCY_KEY], request=JoinSerializer, responses={201: MembershipSerializer})
    def post(self, request: Request) -> Response:
        """Join a brand's programme. Some brands approve at once, others look first."""
        given = JoinSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return once(request, lambda: self._join(**given.validated_data))

    def _join(self, *, brand: str, invite_code: str | None = None, answers: dict[str, Any] | None = None) -> Response:
        tenant = get_object_or_404(Brand, slug=brand)
        koc = join_brand(user=asker(self.request), brand=tenant, invite_code=invite_code or "", answers=answers or {}, at=timezone.now())
        return Response(MembershipSerializer(koc).data, status=201)


class MembershipView(APIView):
    @extend_schema(tags=["me"], operation_id="membership", responses={200: MembershipSerializer})
    def get(self, request: Request, koc_id: str) -> Response:
        """One of your memberships."""
        return Response(MembershipSerializer(own_koc(asker(request), koc_id)).data)
