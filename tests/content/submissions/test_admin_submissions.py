"""Staff review what KOCs submitted in the admin: of their own brands."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.models import Kit
from content.media.services.pictures import store_picture
from content.review.models import ReviewPolicy
from content.submissions.models import Submission
from content.submissions.services.sending import resubmit, submit
from tests.support.admin_pages import page
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user
from tests.support.media.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def sent(koc: Koc, text: str = "用了一个月，脸不干了。", title: str = "我的 28 天", **said: Any) -> Submission:
    picture = store_picture(brand=koc.brand, koc=koc, file=jpeg(), by=koc.user, at=NOW)
    fields = {"kind": "usage", "product": None, "licence": "1", "pictures": [picture], "at": NOW} | said
    return submit(koc=koc, text=text, title=title, **fields)


def steps(staff: Client, row: Submission) -> set[str]:
    shown = staff.get(page(Submission, row)).content.decode()
    return {step for step in ("approve", "changes", "justify", "decline") if page(Submission, row, step) in shown}


def test_what_waits_comes_first_and_what_is_due_first_of_that(staff: Client, koc: Koc) -> None:
    decided, later, sooner = (sent(koc, title=title) for title in ("已拒的", "后到的", "先到的"))
    Submission.objects.filter(pk=decided.pk).update(status="declined", reason="x", decided_at=NOW)
    Submission.objects.filter(pk=sooner.pk).update(due_at=NOW - timedelta(days=9))
    shown = staff.get(page(Submission)).content.decode()
    assert shown.index("先到的") < shown.index("后到的") < shown.index("已拒的")
    assert later.due_at == NOW + timedelta(days=3)


def test_the_page_shows_text_pictures_findings_and_what_was_sent_before(staff: Client, koc: Koc) -> None:
    row = sent(koc, "这是全国第一的精华" + "字" * 1500)
    shown = staff.get(page(Submission, row)).content.decode()
    for said in ("这是全国第一的精华", "/media/private/", "“全国第一” (absolute term)", "Xiaohongshu, text:"):
        assert said in shown
    staff.post(page(Submission, row, "changes"), {"reason": "删掉第一"})
    row.refresh_from_db()
    assert (row.status, row.reason, steps(staff, row)) == ("changes_requested", "删掉第一", {"decline"})
    resubmit(
        submission=row, title="新标题", text="很润", kind="usage", product=None, licence="1", pictures=None, at=NOW
    )
    shown = staff.get(page(Submission, row)).content.decode()
    assert all(said in shown for said in ("删掉第一", "全国第一", "新标题", "The review objects to nothing."))


def test_findings_are_told_in_the_readers_language(brand: Brand, koc: Koc, client: Client) -> None:
    client.force_login(make_staff(brand, language="zh-hans"))
    shown = client.get(page(Submission, sent(koc, "这是全国第一的精华"))).content.decode()
    assert "绝对化用语" in shown
    assert "absolute term" not in shown


def test_approval_offers_the_channels_that_take_it_and_makes_a_kit_once(staff: Client, koc: Koc) -> None:
    row = sent(koc, "字" * 1500)
    fitting = staff.get(page(Submission, row, "approve")).context["form"].fields["channels"].initial
    assert "moments" in fitting
    assert "xiaohongshu" not in fitting
    done = staff.post(page(Submission, row, "approve"), {"channels": ["moments"]}, follow=True)
    assert "is a kit now, which names its author" in done.content.decode()
    row.refresh_from_db()
    assert row.kit is not None
    assert (row.status, row.kit.author, steps(staff, row)) == ("approved", koc, set())
    assert koc.called in staff.get(page(Kit, row.kit)).content.decode()
    again = staff.post(page(Submission, row, "approve"), {"channels": ["moments"]})
    assert "This submission is not in that state any more." in again.content.decode()
    assert Kit.objects.count() == 1


def test_an_objection_refuses_approval_with_its_words_until_it_is_justified(staff: Client, koc: Koc) -> None:
    row = sent(koc, "这是全国第一的精华")
    refused = staff.post(page(Submission, row, "approve"), {"channels": ["moments"]})
    assert "“全国第一” (absolute term)" in refused.content.decode()
    assert not Kit.objects.exists()
    empty = staff.post(page(Submission, row, "justify"), {"piece": "absolute|全国第一", "why": " "})
    assert empty.status_code == 200
    staff.post(page(Submission, row, "justify"), {"piece": "absolute|全国第一", "why": "引用奖项"})
    assert "引用奖项" in staff.get(page(Submission, row)).content.decode()
    staff.post(page(Submission, row, "approve"), {"channels": ["moments"]})
    assert Kit.objects.get().status == "published"


def test_a_reason_is_asked_for(staff: Client, koc: Koc) -> None:
    row = sent(koc)
    refused = staff.post(page(Submission, row, "decline"), {"reason": ""})
    assert "Say why: the KOC reads it." in refused.content.decode()
    staff.post(page(Submission, row, "decline"), {"reason": "重复"})
    row.refresh_from_db()
    assert (row.status, row.reason) == ("declined", "重复")


def test_another_brands_submissions_are_not_there(staff: Client) -> None:
    row = sent(make_koc(make_brand(), user=make_user()))
    assert row.title not in staff.get(page(Submission)).content.decode()
    for step in ("approve", "changes", "justify", "decline"):
        said = {"channels": ["moments"], "reason": "x"}
        assert staff.post(page(Submission, row, step), said).status_code == 404
    row.refresh_from_db()
    assert (row.status, Kit.objects.count()) == ("in_review", 0)


def test_the_front_page_says_how_many_wait(staff: Client, koc: Koc) -> None:
    sent(koc)
    assert "Submissions to review: 1" in staff.get(reverse("admin:index")).content.decode()


def test_a_changed_licence_needs_a_new_version(brand: Brand) -> None:
    policy = ReviewPolicy.objects.create(brand=brand, licence_version="1", licence_text="甲")
    policy.licence_text = "乙"
    with pytest.raises(ValidationError):
        policy.full_clean()
    policy.licence_version = "2"
    policy.full_clean()
