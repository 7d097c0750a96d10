"""Rate limits, counted in the database, so that all workers count together."""

from datetime import datetime, timedelta

import pglock
from django.db import connection
from django.db.models import F, Sum
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.limits.domain.refusals import TooManyTries
from accounts.limits.models import Hits
from foundation.postgres.transactions import in_transaction

SLOT = timedelta(minutes=1)


def keyed_digest(purpose: str, text: str) -> str:
    """The form in which a phone, an address or a code is stored: without our key it cannot be guessed back."""
    return salted_hmac(f"grove.{purpose}", text, algorithm="sha256").hexdigest()


@in_transaction
def hit(*, scope: str, who: str, limit: int, window: timedelta, at: datetime) -> int:
    """Count one hit, and refuse it when there were `limit` of them within `window` already. Returns how many there
    are now.

    One upsert into the slot of this minute, then the sum of the window's slots: the hit is counted before the sum is
    checked, so of many at once no more than `limit` pass. A refused hit is not stored, so waiting is enough. Takes an
    advisory lock of (scope, who) until the commit. Raises TooManyTries."""
    who = keyed_digest(scope, who)
    # the upsert serialises only hits of the same minute: at its edge two hits would not see each other
    pglock.advisory(f"hit {scope}:{who}", xact=True).acquire()
    _add(scope, who, at)
    slots = Hits.objects.filter(scope=scope, who=who, window_start__gt=at - window)
    count = slots.aggregate(total=Sum("count"))["total"]
    if count > limit:
        oldest_slot = slots.order_by("window_start").values_list("window_start", flat=True)[0]
        raise TooManyTries(
            _("Too many tries. Try again later."), retry_after=int((oldest_slot + window - at).total_seconds()) + 1
        )
    return int(count)


@in_transaction
def reset(*, scope: str, who: str) -> None:
    """Forget the hits of `who`: they were legitimate."""
    Hits.objects.filter(scope=scope, who=keyed_digest(scope, who)).delete()


@in_transaction
def take_back(*, scope: str, who: str, at: datetime) -> None:
    """Forget the one hit of that moment: it was legitimate. Others stay counted."""
    Hits.objects.filter(scope=scope, who=keyed_digest(scope, who), window_start=_slot(at), count__gt=0).update(
        count=F("count") - 1
    )


@in_transaction
def lock_out(*, scope: str, who: str, at: datetime) -> None:
    """Lock somebody out from now on; `refuse_locked` says for how long. A second lock at the same moment is the same
    lock."""
    Hits.objects.get_or_create(
        scope=f"{scope}.lock", who=keyed_digest(scope, who), window_start=at, defaults={"count": 1}
    )
    reset(scope=scope, who=who)


def refuse_locked(*, scope: str, who: str, duration: timedelta, at: datetime) -> None:
    """Raise TooManyTries when a lock of this scope is younger than `duration`."""
    locks = Hits.objects.filter(
        scope=f"{scope}.lock", who=keyed_digest(scope, who), window_start__gt=at - duration, window_start__lte=at
    )
    newest = locks.order_by("-window_start").values_list("window_start", flat=True).first()
    if newest is not None:
        raise TooManyTries(
            _("Too many wrong codes. Try again later."), retry_after=int((newest + duration - at).total_seconds()) + 1
        )


def _slot(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _add(scope: str, who: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_hits AS kept (scope, who, window_start, count) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (scope, who, window_start) DO UPDATE SET count = kept.count + 1",
            [scope, who, _slot(at)],
        )
