"""KOCs send own content for review, and send it again with what was asked for."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.people.models import Koc
from content.channels.selectors import channel_limits
from content.media.models import Media
from content.products.models import Product
from content.review.selectors import ReviewTerms, terms_of
from content.submissions.domain import (
    IN_REVIEW,
    MOST_OPEN,
    MOVES,
    OPEN,
    LicenceChanged,
    MembershipNotActive,
    SubmissionNotOpen,
    TooManySubmissions,
)
from content.submissions.models import EarlierSending, Submission, SubmissionPicture
from content.submissions.selectors import objections_to_submission, sent_pictures
from foundation.postgres.transactions import in_transaction

SENT_AGAIN = [state for state, after in MOVES.items() if IN_REVIEW in after]


def refuse_to_submit(*, koc: Koc, licence: str) -> ReviewTerms:
    """What refuses a new submission, before its pictures are stored. Raises MembershipNotActive, LicenceChanged,
    TooManySubmissions."""
    terms = _agreed(koc, licence)
    if Submission.objects.filter(koc=koc, status__in=OPEN).count() >= MOST_OPEN:
        raise TooManySubmissions(_("The brand has not decided about your earlier submissions yet."))
    return terms


def refuse_to_resubmit(*, submission: Submission, licence: str) -> ReviewTerms:
    """The same for one that is sent again. Raises MembershipNotActive, LicenceChanged, SubmissionNotOpen."""
    if submission.status not in SENT_AGAIN:
        raise SubmissionNotOpen(_("No changes are asked for in this submission."))
    return _agreed(submission.koc, licence)


@in_transaction
def submit(
    *, koc: Koc, title: str, text: str, kind: str, product: Product | None, licence: str, pictures: Sequence[Media],
    at: datetime,
) -> Submission:  # fmt: skip
    """Keep what a KOC submits, with what the review objects to in it, and until when the brand looks at it.

    Locks the KOC, so that of many at once no more than 10 are open. Raises MembershipNotActive, LicenceChanged,
    TooManySubmissions."""
    Koc.objects.select_for_update(no_key=True).get(pk=koc.pk)
    terms = refuse_to_submit(koc=koc, licence=licence)
    submission = Submission(
        brand=koc.brand, koc=koc, product=product, kind=kind, title=title, text=text, licence=terms.licence,
        licence_text=terms.licence_text, made_at=at, sent_at=at, due_at=at + terms.takes,
    )  # fmt: skip
    submission.objections = _count_objections(submission)
    submission.save(force_insert=True)
    _show(submission, pictures)
    return submission


@in_transaction
def resubmit(
    *, submission: Submission, title: str, text: str, kind: str, product: Product | None, licence: str,
    pictures: Sequence[Media] | None, at: datetime,
) -> Submission:  # fmt: skip
    """Send a submission again, with what the brand asked for; what was sent before is kept beside what the brand said to
    it. Without `pictures` they stay. Locks the submission: of two at once the second is refused. Raises
    MembershipNotActive, LicenceChanged, SubmissionNotOpen."""
    locked = _locked(submission)
    terms = refuse_to_resubmit(submission=locked, licence=licence)
    shown = sent_pictures(locked) if pictures is None else pictures
    EarlierSending.objects.create(
        submission=locked, number=locked.number, title=locked.title, text=locked.text, licence=locked.licence,
        licence_text=locked.licence_text, sent_at=locked.sent_at, reason=locked.reason, decided_by=locked.decided_by,
        decided_at=locked.decided_at or at,  # the database has a time of every answer
    )  # fmt: skip
    locked.title, locked.text, locked.kind, locked.product = title, text, kind, product
    locked.licence, locked.licence_text = terms.licence, terms.licence_text
    locked.status, locked.number, locked.reason = Submission.Status.IN_REVIEW, locked.number + 1, ""
    locked.decided_by, locked.decided_at, locked.sent_at, locked.due_at = None, None, at, at + terms.takes
    locked.objections = _count_objections(locked)
    locked.save()
    _show(locked, shown)
    return locked


def _locked(submission: Submission) -> Submission:
    locked: Submission = (
        Submission.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand", "koc__brand", "koc__user")
        .get(pk=submission.pk)
    )
    return locked


def _agreed(koc: Koc, licence: str) -> ReviewTerms:
    if koc.status != Koc.Status.ACTIVE:
        raise MembershipNotActive(_("Your membership is not active."))
    terms = terms_of(koc.brand)
    if licence != terms.licence:
        raise LicenceChanged(_("The licence has changed. Read it again, and agree to its current version."))
    return terms


def _count_objections(submission: Submission) -> int:
    return len(objections_to_submission(submission, list(channel_limits())))


def _show(submission: Submission, pictures: Sequence[Media]) -> None:
    SubmissionPicture.objects.bulk_create(
        [
            SubmissionPicture(submission=submission, media=media, number=submission.number, position=position)
            for position, media in enumerate(dict.fromkeys(pictures))
        ]
    )
