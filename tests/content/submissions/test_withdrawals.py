"""A KOC takes back what they submitted, as long as the brand has not decided about it."""

from typing import Any

import pytest

from accounts.people.models import Koc
from content.kits.models import Kit
from content.submissions.domain import SubmissionNotOpen
from content.submissions.models import Submission
from content.submissions.services.approving import approve_submission
from content.submissions.services.deciding import decline_submission, request_changes
from tests.content.submissions.test_submissions import revised, sent, submitted
from tests.support.clients import Person, errors, me
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def koc() -> Koc:
    return make_koc(make_brand(), user=make_user())


def withdrawn(person: Person, submission: Submission) -> Any:
    return person.send(f"submissions/{submission.public_id}/withdrawal")


@pytest.mark.parametrize("has_changes_asked", [False, True])
def test_what_is_not_decided_is_taken_back_and_stays_so(koc: Koc, has_changes_asked: bool) -> None:
    row, staff = submitted(koc), make_staff(koc.brand)
    if has_changes_asked:
        request_changes(submission=row, reason="shorter", by=staff, at=NOW)
    first, again = withdrawn(me(koc), row), withdrawn(me(koc), row)
    assert (first.status_code, first.json()["status"], again.json()) == (200, "withdrawn", first.json())
    row.refresh_from_db()
    assert (row.decided_by, row.reason) == (koc.user, "shorter" if has_changes_asked else "")
    for step in (
        lambda: approve_submission(submission=row, channels=["moments"], by=staff, at=NOW),
        lambda: decline_submission(submission=row, reason="x", by=staff, at=NOW),
        lambda: request_changes(submission=row, reason="x", by=staff, at=NOW),
    ):
        with pytest.raises(SubmissionNotOpen):
            step()
    assert errors(revised(koc, row.public_id)) == [("submission_not_open", None)]
    assert not Kit.objects.exists()


def test_it_makes_room_for_another(koc: Koc) -> None:
    rows = [submitted(koc) for _ in range(10)]
    assert sent(koc).status_code == 409
    withdrawn(me(koc), rows[0])
    assert sent(koc).status_code == 201


def test_what_is_decided_stays_decided(koc: Koc) -> None:
    staff = make_staff(koc.brand)
    approved, declined = submitted(koc), submitted(koc)
    approve_submission(submission=approved, channels=["moments"], by=staff, at=NOW)
    decline_submission(submission=declined, reason="not ours", by=staff, at=NOW)
    for row, status in ((approved, "approved"), (declined, "declined")):
        refused = withdrawn(me(koc), row)
        assert (refused.status_code, errors(refused)) == (409, [("submission_not_open", None)])
        row.refresh_from_db()
        assert (row.status, row.decided_by) == (status, staff)


def test_nobody_takes_back_another_s(koc: Koc) -> None:
    row = submitted(koc)
    for stranger in (Person(make_user()), me(make_koc(koc.brand, "other", user=make_user()))):
        assert withdrawn(stranger, row).status_code == 404
    assert Submission.objects.get().status == "in_review"
