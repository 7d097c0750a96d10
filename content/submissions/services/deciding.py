"""Staff say what is to be changed in a submission, what stays in it for a reason, or that it is declined; its KOC may take
it back until then."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.people.models import User
from content.submissions.domain import CHANGES_REQUESTED, DECLINED, MOVES, OPEN, WITHDRAWN, NoReason, SubmissionNotOpen
from content.submissions.models import Submission, SubmissionJustification
from foundation.postgres.transactions import in_transaction


@in_transaction
def request_changes(*, submission: Submission, reason: str, by: User, at: datetime) -> Submission:
    """Ask the KOC to change something, who reads the reason and sends it again. Raises NoReason, SubmissionNotOpen."""
    return _answered(submission, CHANGES_REQUESTED, reason, by, at)


@in_transaction
def decline_submission(*, submission: Submission, reason: str, by: User, at: datetime) -> Submission:
    """Decline a submission for a reason, which the KOC reads. Raises NoReason, SubmissionNotOpen."""
    return _answered(submission, DECLINED, reason, by, at)


@in_transaction
def withdraw_submission(*, submission: Submission, by: User, at: datetime) -> Submission:
    """Take back what one submitted, as long as the brand has not decided about it. Again changes nothing. Raises
    SubmissionNotOpen."""
    submission.refresh_from_db()
    if submission.status == WITHDRAWN:
        return submission
    return _moved(submission, WITHDRAWN, by, at, reason=submission.reason)


@in_transaction
def justify_piece(*, submission: Submission, category: str, found: str, why: str, by: User, at: datetime) -> None:
    """Say why a piece may stay although the review objects to it: then it keeps nobody from approving, and the kit has it
    with who said so. Raises NoReason without words, SubmissionNotOpen for one that is decided."""
    if not why.strip():
        raise NoReason(_("Say why it stays."))
    if not Submission.objects.select_for_update(no_key=True).filter(pk=submission.pk, status__in=OPEN).exists():
        raise SubmissionNotOpen(moved_on())
    SubmissionJustification.objects.update_or_create(
        submission=submission, category=category, found=found, defaults={"why": why.strip(), "by": by, "at": at}
    )


def moved_on() -> str:
    return _("This submission is not in that state any more.")


def _answered(submission: Submission, status: str, reason: str, by: User, at: datetime) -> Submission:
    if not reason.strip():
        raise NoReason(_("Say why: the KOC reads it."))
    return _moved(submission, status, by, at, reason=reason.strip())


def _moved(submission: Submission, status: str, by: User, at: datetime, *, reason: str) -> Submission:
    """Compare-and-set: of two at once one moves it."""
    before = [state for state, after in MOVES.items() if status in after]
    moved = Submission.objects.filter(pk=submission.pk, status__in=before).update(
        status=status, reason=reason, decided_by=by, decided_at=at
    )
    if moved != 1:
        raise SubmissionNotOpen(moved_on())
    submission.refresh_from_db()
    return submission
