"""One effect per Idempotency-Key, however often the request comes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pglock
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access.domain.refusals import IdempotencyConflict
from accounts.access.models import IdempotentAnswer
from accounts.people.models import User

KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `replayed` when it is the first answer again."""

    status: int
    body: Any
    replayed: bool = False


@transaction.atomic
def answer_once(
    *, user: User, key: str, request_digest: str, at: datetime, answer: Callable[[], tuple[int, Any]]
) -> Answer:
    """Answer a request of a user and keep the answer in the same transaction as its effect; the same request again gets
    the kept one.

    Takes an advisory lock of (user, key) until the commit, so that of two at once the second waits and finds the first
    one's answer. What is refused is rolled back and not kept. Raises IdempotencyConflict when the key came with another
    request, and what `answer` raises."""
    pglock.advisory(f"idempotency {user.pk}:{key}", xact=True).acquire()
    kept = IdempotentAnswer.objects.filter(user=user, key=key).first()
    if kept is None:
        status, body = answer()
        # As text, since the database would put the fields into an order of its own
        text = json.dumps(body, ensure_ascii=False)
        IdempotentAnswer.objects.create(
            user=user, key=key, request_digest=request_digest, status=status, body=text, answered_at=at
        )
        return Answer(status, body)
    if kept.request_digest != request_digest:
        raise IdempotencyConflict(_("This Idempotency-Key was used with another request."))
    return Answer(kept.status, json.loads(kept.body), replayed=True)
