"""One effect per Idempotency-Key, however often the request comes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pglock
from django.utils.translation import gettext as _

from accounts.access.domain.refusals import IdempotencyConflict
from accounts.access.models import IdempotentAnswer
from accounts.people.models import User
from foundation.postgres.transactions import in_transaction

RETENTION = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request; `replayed` when it is the first response again."""

    status: int
    body: Any
    replayed: bool = False


@in_transaction
def answer_once(
    *, user: User, key: str, request_digest: str, at: datetime, answer: Callable[[], tuple[int, Any]]
) -> Answer:
    """Process a request of a user and store the response in the same transaction as its effect; the same request again
    gets the stored one.

    Takes an advisory lock of (user, key) until the commit, so that of two at once the second waits and finds the first
    one's response. A refused request is rolled back and not stored. Raises IdempotencyConflict when the key came with
    another request, and what `answer` raises."""
    pglock.advisory(f"idempotency {user.pk}:{key}", xact=True).acquire()
    stored = IdempotentAnswer.objects.filter(user=user, key=key).first()
    if stored is None:
        status, body = answer()
        # As text, since the database would put the fields into an order of its own
        text = json.dumps(body, ensure_ascii=False)
        IdempotentAnswer.objects.create(
            user=user, key=key, request_digest=request_digest, status=status, body=text, answered_at=at
        )
        return Answer(status, body)
    if stored.request_digest != request_digest:
        raise IdempotencyConflict(_("This Idempotency-Key was used with another request."))
    return Answer(stored.status, json.loads(stored.body), replayed=True)
