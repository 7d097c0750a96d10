"""Two people decide, or a KOC sends, at the same moment; with real connections and real commits."""

from typing import Any

from content.kits.models import Kit
from content.submissions.domain import MOST_OPEN, SubmissionNotOpen, TooManySubmissions
from content.submissions.models import EarlierSending, Submission
from content.submissions.services.approving import approve_submission
from content.submissions.services.deciding import decline_submission, request_changes
from content.submissions.services.sending import resubmit, submit
from tests.support.concurrency import run_at_once, wait_for_the_others
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user

SAID: dict[str, Any] = {
    "title": "我的 28 天", "text": "很润", "kind": "usage", "product": None, "licence": "1", "pictures": (), "at": NOW
}  # fmt: skip


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_two_approvals_at_once_make_one_kit(committed: None) -> None:
    brand = make_brand()
    first, second = make_staff(brand), make_staff(brand)
    row = submit(koc=make_koc(brand, user=make_user()), **SAID)
    answers = run_at_once(
        *[
            lambda by=by: approve_submission(
                submission=Submission.objects.get(pk=row.pk), channels=["moments"], by=by, at=NOW
            )
            for by in (first, second)
        ]
    )
    assert kinds(answers) == [Kit.__name__, SubmissionNotOpen.__name__]
    assert Kit.objects.count() == 1


def test_of_approval_and_refusal_at_once_one_holds(committed: None) -> None:
    brand = make_brand()
    staff = make_staff(brand)
    row = submit(koc=make_koc(brand, user=make_user()), **SAID)
    again = Submission.objects.get(pk=row.pk)
    answers = run_at_once(
        lambda: approve_submission(submission=row, channels=["moments"], by=staff, at=NOW),
        lambda: decline_submission(submission=again, reason="x", by=staff, at=NOW),
    )
    assert SubmissionNotOpen.__name__ in kinds(answers)
    row.refresh_from_db()
    assert (row.status == "approved") == (Kit.objects.count() == 1)


def test_without_the_lock_two_would_pass_the_limit(committed: None) -> None:
    """What `submit` looks at is the same for all who look before any of them writes."""
    koc = make_koc(make_brand(), user=make_user())
    for _ in range(MOST_OPEN - 1):
        submit(koc=koc, **SAID)

    def unguarded() -> int:
        count: int = Submission.objects.filter(koc=koc).count()
        wait_for_the_others()
        return count

    assert run_at_once(unguarded, unguarded) == [MOST_OPEN - 1] * 2


def test_two_sent_at_once_do_not_pass_the_limit(committed: None) -> None:
    koc = make_koc(make_brand(), user=make_user())
    for _ in range(MOST_OPEN - 1):
        submit(koc=koc, **SAID)
    answers = run_at_once(*[lambda: submit(koc=koc, **SAID)] * 2)
    assert kinds(answers) == [Submission.__name__, TooManySubmissions.__name__]
    assert Submission.objects.count() == MOST_OPEN


def test_a_revision_sent_twice_at_once_is_one(committed: None) -> None:
    brand = make_brand()
    row = submit(koc=make_koc(brand, user=make_user()), **SAID)
    request_changes(submission=row, reason="x", by=make_staff(brand), at=NOW)
    answers = run_at_once(*[lambda: resubmit(submission=row, **SAID)] * 2)
    assert kinds(answers) == [Submission.__name__, SubmissionNotOpen.__name__]
    assert EarlierSending.objects.count() == 1
