"""Authentication by a bearer token of a living session."""

from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.access.models import Session
from accounts.access.selectors import living_session
from accounts.people.models import User
from foundation.http.languages import names_a_language


class SessionAuthentication(JWTAuthentication):
    """An access token is valid while its session lives: signing out takes effect at once, not when the token
    expires."""

    def authenticate(self, request: Any) -> tuple[User, Session] | None:  # type: ignore[override]  # a session says more than its token
        scheme, _space, raw = (self.get_header(request) or b"").partition(b" ")
        if scheme.lower() != b"bearer":  # in any case, as RFC 9110 has it
            return None
        try:
            token = AccessToken(raw.strip())  # type: ignore[arg-type]  # its annotation forgets that text is what it reads
        except TokenError:
            raise AuthenticationFailed(_("Token is invalid or expired"), code="token_not_valid") from None
        session = living_session(token.payload, timezone.now())
        if session is None:
            raise AuthenticationFailed(_("This session has ended."), code="session_ended")
        if not names_a_language(request.headers.get("Accept-Language", "")):
            translation.activate(session.user.language)
        return session.user, session


class SessionScheme(SimpleJWTScheme):
    target_class = "accounts.access.permissions.tokens.SessionAuthentication"
    name = "bearer"
