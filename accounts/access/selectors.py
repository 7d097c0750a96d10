"""The session that a token belongs to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.access.models import Session
from foundation.ids import public_ids
from foundation.postgres.saved_queries import SavedModels

SESSION_CLAIM = "session"
SESSION_PREFIX = "ses"


_LIVING = SavedModels(
    Session,
    lambda number, at: Session.objects.filter(
        pk=number, ended_at__isnull=True, expires_at__gt=at, user__is_active=True
    ),
    "user",
    number=int,
    at=datetime,
)
"""Asked with every call of the API."""


def session_number(payload: Mapping[str, Any]) -> int:
    """The number of the session that a verified token names; 0, which no session has, when it names none."""
    return public_ids.decode(settings.PUBLIC_ID_KEY, SESSION_PREFIX, str(payload.get(SESSION_CLAIM, ""))) or 0


def living_session(payload: Mapping[str, Any], at: datetime) -> Session | None:
    """The session of a verified token while it lives and its user may sign in; it comes with its user, in one query."""
    return _LIVING.first(number=session_number(payload), at=at)
