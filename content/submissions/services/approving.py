"""A submission becomes a kit that names its author: by staff, or by itself after a time."""

import logging
from collections.abc import Sequence
from datetime import datetime

from accounts.failures.domain import error_text
from accounts.people.models import User
from content.channels.selectors import channel_limits
from content.kits.domain.refusals import KitUnfit
from content.kits.models import Kit
from content.kits.services.authored import Justified, publish_kit_of_koc
from content.media.services.pictures import describe_picture
from content.submissions.domain import APPROVED, MOVES, SubmissionNotOpen, language_of
from content.submissions.models import Submission
from content.submissions.selectors import (
    faults_of_submission,
    fitting_channels,
    objections_to_submission,
    overdue_submissions,
    sent_pictures,
    text_of,
)
from content.submissions.services.deciding import moved_on
from foundation.postgres.transactions import in_transaction

logger = logging.getLogger(__name__)
APPROVED_FROM = [state for state, after in MOVES.items() if APPROVED in after]


@in_transaction
def approve_submission(*, submission: Submission, channels: Sequence[str], by: User | None, at: datetime) -> Kit:
    """Make of a submission a published kit for some channels, which names its author; its pictures are public then.

    1. Locks the submission: of two at once the second finds it decided.
    2. What the review objects to, or a channel does not take, refuses it with everything at once; nothing is changed.
    3. The kit is published by the services of kits, whose every rule holds.

    `by` is nobody where time approves. Raises SubmissionNotOpen, KitUnfit, SamePerson."""
    locked: Submission = (
        Submission.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand", "product", "koc__brand", "koc__user")
        .get(pk=submission.pk)
    )
    if locked.status not in APPROVED_FROM:
        raise SubmissionNotOpen(moved_on())
    if found := faults_of_submission(locked, channels):
        raise KitUnfit(found)
    pictures = sent_pictures(locked)
    for media in pictures:
        describe_picture(media=media, alt=media.alt, is_private=False)
    kit = publish_kit_of_koc(
        author=locked.koc, key=locked.public_id, title=locked.title, product=locked.product,
        language=language_of(locked.title + locked.text), text=text_of(locked), pictures=pictures, channels=channels,
        justified=[
            Justified(row.category, row.found, row.why, row.by, row.at)
            for row in locked.justifications.select_related("by")
        ],
        by=by, at=at,
    )  # fmt: skip
    moved = Submission.objects.filter(pk=locked.pk, status__in=APPROVED_FROM).update(
        status=APPROVED, kit=kit, reason="", decided_by=by, decided_at=at
    )
    if moved != 1:
        raise SubmissionNotOpen(moved_on())
    submission.refresh_from_db()
    return kit


def approve_overdue(*, at: datetime) -> int:
    """Approve what waited as long as its brand lets it, for the channels that take it, and never what the review objects
    to for any channel. Each is a transaction of its own: one that raises stops no other. Returns how many.

    Repeatable: what is approved waits no more, and what is unfit goes on waiting for staff."""
    approved = 0
    for number in list(overdue_submissions(at=at).values_list("pk", flat=True)):
        try:
            approved += _approve_by_itself(number, at)
        except Exception as error:  # noqa: BLE001  whatever one raises, the others are looked at
            logger.error("submission %s could not be approved: %s", number, error_text(error))
    return approved


@in_transaction
def _approve_by_itself(number: int, at: datetime) -> bool:
    """Looked at again under its lock: it may have been answered and sent again since."""
    waiting = overdue_submissions(at=at).select_for_update(no_key=True, of=("self",))
    submission: Submission | None = waiting.select_related("brand", "product").filter(pk=number).first()
    if submission is None or objections_to_submission(submission, list(channel_limits())):
        return False
    channels = fitting_channels(submission)
    if channels:
        approve_submission(submission=submission, channels=channels, by=None, at=at)
    return bool(channels)
