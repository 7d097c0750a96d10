"""One's own profile."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import asker
from accounts.people.models import User
from accounts.people.services.profiles import update_profile
from foundation.http.fields import NameField


class LanguageField(serializers.ChoiceField):
    """A language as `Accept-Language` names it, in any case. One that was never chosen is the first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=["zh-Hans", "en"], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        named = next((name for name in self.choices if isinstance(data, str) and name.lower() == data.lower()), data)
        return str(super().to_internal_value(named)).lower()

    def to_representation(self, value: Any) -> Any:
        return next((name for name in self.choices if name.lower() == value), next(iter(self.choices)))


class MeSerializer(serializers.ModelSerializer[User]):
    name = NameField(required=False, allow_blank=True)
    language = LanguageField(required=False)

    class Meta:
        model = User
        fields = ("name", "language", "phone", "created_at")
        read_only_fields = ("phone", "created_at")


class MeView(APIView):
    @extend_schema(tags=["me"], operation_id="me", responses={200: MeSerializer})
    def get(self, request: Request) -> Response:
        """Read your profile."""
        return Response(MeSerializer(asker(request)).data)

    @extend_schema(tags=["me"], operation_id="me_update", request=MeSerializer, responses={200: MeSerializer})
    def patch(self, request: Request) -> Response:
        """Change your name or language."""
        user = asker(request)
        given = MeSerializer(user, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(MeSerializer(update_profile(user=user, changes=given.validated_data, at=timezone.now())).data)
