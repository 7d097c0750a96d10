"""Sessions: families of refresh tokens, of which only the newest is good."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.access.domain.refusals import BadRefresh
from accounts.access.models import Session
from accounts.access.selectors import SESSION_CLAIM, SESSION_PREFIX, session_number
from accounts.people.models import User
from foundation.ids import public_ids
from foundation.postgres.transactions import in_own_transaction, in_transaction

LIFETIME: timedelta = RefreshToken.lifetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in returns: `access` is valid for minutes, `refresh` is good once."""

    access: str
    refresh: str


@in_transaction
def start_session(*, user: User, at: datetime) -> Tokens:
    """Open a new session of a user."""
    jti = secrets.token_hex(16)
    session = Session.objects.create(user=user, current_jti=jti, started_at=at, expires_at=at + LIFETIME)
    return _tokens(session.pk, jti, at)


def refresh_session(*, refresh: str, at: datetime) -> Tokens:
    """Change the newest refresh token of a session for the next one. One that was used before ends the whole family: it
    was stolen.

    Compare-and-set on the token's id, so of two at once one wins and the other ends the session. Raises BadRefresh.
    """
    refusal = BadRefresh(_("Token is invalid or expired"))
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # its annotation forgets that text is what it reads
    except TokenError:
        raise refusal from None
    number, new_jti = session_number(token.payload), secrets.token_hex(16)
    if not _change_token(number, token.payload["jti"], new_jti, at):
        raise refusal
    return _tokens(number, new_jti, at)


@in_own_transaction
def _change_token(number: int, jti: str, new_jti: str, at: datetime) -> bool:
    """Whether the token was the newest one of a living session, which then has the new one; else the session has ended."""
    if not User.objects.filter(sessions=number, is_active=True).exists():
        return False
    # only the row's own columns: a condition on the user would make this an UPDATE with a subselect, whose condition
    # PostgreSQL does not check again after a wait
    living = Session.objects.filter(pk=number, ended_at__isnull=True, expires_at__gt=at)
    if living.filter(current_jti=jti).update(current_jti=new_jti, expires_at=at + LIFETIME) == 1:
        return True
    living.update(ended_at=at)
    return False


@in_transaction
def end_session(*, session: Session, at: datetime) -> None:
    """End a session: none of its tokens is valid any more. A second time changes nothing."""
    Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=at)


def _tokens(number: int, jti: str, at: datetime) -> Tokens:
    refresh, access = RefreshToken(), AccessToken()
    _fill(refresh, {"jti": jti}, number, at)
    _fill(access, {}, number, at)
    return Tokens(access=str(access), refresh=str(refresh))


def _fill(token: Token, claims: dict[str, Any], number: int, at: datetime) -> None:
    # the claim is an opaque id: a token tells nobody how many sessions or users there are
    token.payload |= claims | {SESSION_CLAIM: public_ids.encode(settings.PUBLIC_ID_KEY, SESSION_PREFIX, number)}
    token.set_iat(at_time=at)
    token.set_exp(from_time=at)
