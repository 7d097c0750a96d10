"""What nobody looked at is approved after the days that the brand chose, and never with an open objection."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.heartbeats.models import Heartbeat
from accounts.people.models import Koc
from content.kits.models import Kit
from content.kits.services.authored import publish_kit_of_koc
from content.review.models import ReviewPolicy
from content.submissions.models import Submission
from content.submissions.services import approving
from content.submissions.services.approving import approve_overdue
from content.submissions.services.deciding import justify_piece, request_changes
from content.submissions.services.sending import submit
from content.tasks import approve_submissions
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def sent(koc: Koc, text: str = "用了一个月，脸不干了。", **said: Any) -> Submission:
    fields = {"title": "我的 28 天", "kind": "usage", "product": None, "licence": "1", "pictures": (), "at": NOW} | said
    return submit(koc=koc, text=text, **fields)


def statuses() -> list[str]:
    return list(Submission.objects.order_by("pk").values_list("status", flat=True))


def test_what_waited_long_enough_is_a_kit_for_the_channels_that_take_it(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=3, needs_second_person=True)
    row = sent(koc, "字" * 1500)
    assert approve_overdue(at=NOW + 3 * DAY - timedelta(seconds=1)) == 0
    assert approve_overdue(at=NOW + 3 * DAY) == 1
    assert approve_overdue(at=NOW + 3 * DAY) == 0
    row.refresh_from_db()
    kit = Kit.objects.get()
    assert (row.status, row.kit, row.decided_by, row.decided_at) == ("approved", kit, None, NOW + 3 * DAY)
    assert kit.version is not None
    assert kit.version.channels is not None
    assert "moments" in kit.version.channels
    assert "xiaohongshu" not in kit.version.channels
    assert (kit.author, kit.version.published_by) == (koc, None)


def test_a_brand_that_does_not_say_so_approves_nothing_by_itself(brand: Brand, koc: Koc) -> None:
    sent(koc)
    assert approve_overdue(at=NOW + 900 * DAY) == 0
    ReviewPolicy.objects.create(brand=brand)
    assert approve_overdue(at=NOW + 900 * DAY) == 0


def test_the_days_are_each_brands_own(brand: Brand, koc: Koc) -> None:
    other = make_koc(make_brand(), user=make_user())
    ReviewPolicy.objects.create(brand=brand, approves_after_days=2)
    ReviewPolicy.objects.create(brand=other.brand, approves_after_days=5)
    sent(koc)
    sent(other)
    assert approve_overdue(at=NOW + 2 * DAY) == 1
    assert statuses() == ["approved", "in_review"]


@pytest.mark.parametrize(
    "said", [{"text": "这是全国第一的精华"}, {"title": "全国第一"}, {"text": "加我微信 abc123 领"}]
)
def test_never_with_an_open_objection_of_any_channel(brand: Brand, koc: Koc, said: dict[str, str]) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    row = sent(koc, **said)
    assert row.objections > 0
    assert approve_overdue(at=NOW + 9 * DAY) == 0
    assert (statuses(), Kit.objects.count()) == (["in_review"], 0)


def test_one_that_staff_justified_has_none(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    row = sent(koc, "这是全国第一的精华")
    justify_piece(submission=row, category="absolute", found="全国第一", why="奖项", by=make_staff(brand), at=NOW)
    assert approve_overdue(at=NOW + DAY) == 1


def test_what_fits_nowhere_waits_for_staff(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    sent(koc, "字" * 5000)
    assert approve_overdue(at=NOW + DAY) == 0


def test_who_left_and_what_was_answered_is_let_be(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    request_changes(submission=sent(koc), reason="x", by=make_staff(brand), at=NOW)
    gone = make_koc(brand, user=make_user())
    sent(gone)
    Koc.objects.filter(pk=gone.pk).update(status="rejected")
    assert approve_overdue(at=NOW + DAY) == 0
    assert statuses() == ["changes_requested", "in_review"]


def test_one_that_raises_stops_no_other(
    brand: Brand, koc: Koc, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    poison, other = sent(koc), sent(koc)
    publish = publish_kit_of_koc

    def publish_or_raise(**said: Any) -> Kit:
        if said["key"] == poison.public_id:
            publish(**said)
            raise RuntimeError("the disk is full")
        return publish(**said)

    monkeypatch.setattr(approving, "publish_kit_of_koc", publish_or_raise)
    assert approve_overdue(at=NOW + DAY) == 1
    assert statuses() == ["in_review", "approved"]
    assert Kit.objects.get().key == other.public_id
    assert f"submission {poison.pk} could not be approved" in caplog.text


def test_the_clock_does_it_and_says_so(brand: Brand, koc: Koc) -> None:
    ReviewPolicy.objects.create(brand=brand, approves_after_days=1)
    sent(koc)
    approve_submissions()
    assert statuses() == ["approved"]
    assert Heartbeat.objects.get(work="submissions").done_at is not None
