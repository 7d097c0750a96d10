"""Signing in and out."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.models import Session
from accounts.access.services.sessions import end_session, refresh_session
from accounts.access.services.sign_in import request_code, sign_in
from foundation.http.client_address import address_of
from foundation.http.parameters import DeclaredParameters


class PhoneSerializer(serializers.Serializer[Any]):
    phone = serializers.CharField(max_length=40, help_text="with country code, or a number of mainland China")


class CodeSerializer(PhoneSerializer):
    code = serializers.CharField(max_length=20)


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4000)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class SentSerializer(serializers.Serializer[Any]):
    sent = serializers.BooleanField()


class PublicView(APIView):
    """A view that anybody may use; a stale token in the header does not stand in the way of getting a new one."""

    authentication_classes = ()
    permission_classes = (DeclaredParameters,)

    def asked(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)


class OtpView(PublicView):
    @extend_schema(tags=["auth"], operation_id="auth_otp", request=PhoneSerializer, responses={202: SentSerializer})
    def post(self, request: Request) -> Response:
        """Send a sign-in code to a phone. The answer never tells whether the phone is known."""
        request_code(**self.asked(PhoneSerializer), address=address_of(request), at=timezone.now())
        return Response({"sent": True}, status=202)


class TokenView(PublicView):
    @extend_schema(tags=["auth"], operation_id="auth_token", request=CodeSerializer, responses={200: TokensSerializer})
    def post(self, request: Request) -> Response:
        """Change a code for tokens. Five wrong codes lock the phone for 15 minutes."""
        return Response(TokensSerializer(sign_in(**self.asked(CodeSerializer), at=timezone.now())).data)


class RefreshView(PublicView):
    also_refuses = ("401",)

    @extend_schema(
        tags=["auth"], operation_id="auth_refresh", request=RefreshSerializer, responses={200: TokensSerializer}
    )
    def post(self, request: Request) -> Response:
        """Change a refresh token for the next pair. One that was used before ends the session."""
        return Response(TokensSerializer(refresh_session(**self.asked(RefreshSerializer), at=timezone.now())).data)


class LogoutView(APIView):
    @extend_schema(
        tags=["auth"],
        operation_id="auth_logout",
        request=None,
        responses={204: OpenApiResponse(description="The session has ended.")},
    )
    def post(self, request: Request) -> Response:
        """End the session of this access token at once."""
        session: Session = request.auth  # type: ignore[assignment]
        end_session(session=session, at=timezone.now())
        return Response(status=204)
