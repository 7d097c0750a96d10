"""Where a post is live, as its KOC says, and what staff make of it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.review.models import ReviewPolicy
from referrals.shares.models import PostProof, Share
from referrals.shares.services.proofs import MOST_WAITING
from tests.support.admin_pages import page
from tests.support.clients import Person, errors
from tests.support.factories import NOW, make_brand, make_koc, make_share, make_staff, make_user
from tests.support.media.pictures import jpeg

pytestmark = pytest.mark.django_db
URL = "https://www.xiaohongshu.com/explore/65a"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def share(koc: Koc) -> Share:
    return make_share(koc)


def proved(share: Share, person: Person | None = None, **said: Any) -> Any:
    return (person or Person(share.koc.user)).send(f"shares/{share.public_id}/proof", said)


def test_an_address_is_a_proof_once(share: Share) -> None:
    first = proved(share, url=URL, marked=True)
    assert first.status_code == 201
    assert {name: first.json()[name] for name in ("url", "marked", "status", "image")} == {
        "url": URL,
        "marked": True,
        "status": "waiting",
        "image": None,
    }
    again = proved(share, url=f" {URL} ")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_a_screenshot_is_a_proof_that_only_its_koc_and_staff_see(share: Share) -> None:
    client = APIClient()
    client.force_authenticate(share.koc.user)
    file = SimpleUploadedFile("a.png", jpeg().getvalue())
    told = client.post(f"/api/v1/shares/{share.public_id}/proof", {"image": file, "marked": "true"}, format="multipart")
    assert (told.status_code, told.json()["marked"]) == (201, True)
    assert "/media/private/" in told.json()["image"]["url"]
    bad = SimpleUploadedFile("a.png", b"<html>")
    refused = client.post(f"/api/v1/shares/{share.public_id}/proof", {"image": bad}, format="multipart")
    assert errors(refused) == [("not_a_picture", "image")]


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "xiaohongshu", "https://", "ftp://a.cn/x", "https://[", "//a.cn"]
)
def test_what_is_no_address_is_refused_at_its_field(share: Share, url: str) -> None:
    told = proved(share, url=url)
    assert (told.status_code, errors(told)) == (400, [("bad_address", "url")])
    assert not PostProof.objects.exists()


def test_of_anothers_share_nothing_is_known(share: Share) -> None:
    assert proved(share, Person(make_user()), url=URL).status_code == 404


def test_a_few_wait_at_most(share: Share) -> None:
    for number in range(MOST_WAITING):
        assert proved(share, url=f"{URL}{number}").status_code == 201
    assert errors(proved(share, url=URL)) == [("proof_refused", None)]


def test_staff_confirm_what_is_marked_or_refuse_it_for_a_reason(brand: Brand, share: Share, client: Client) -> None:
    client.force_login(make_staff(brand))
    confirmed, refused = (
        PostProof.objects.create(share=share, url=f"{URL}{number}", sent_at=NOW) for number in range(2)
    )
    assert URL in client.get(page(PostProof, confirmed)).content.decode()
    assert (
        client.post(page(PostProof, confirmed, "confirm"), {}).status_code == 200
    )  # nobody says that they saw the mark
    client.post(page(PostProof, confirmed, "confirm"), {"saw_mark": "on"})
    client.post(page(PostProof, refused, "refuse"), {"reason": "没有标注广告"})
    again = client.post(page(PostProof, refused, "confirm"), {"saw_mark": "on"})
    assert "This was decided already." in again.content.decode()
    assert dict(PostProof.objects.values_list("status", "reason")) == {"confirmed": "", "refused": "没有标注广告"}
    theirs = PostProof.objects.create(share=make_share(make_koc(make_brand())), url=URL, sent_at=NOW)
    assert client.post(page(PostProof, theirs, "refuse"), {"reason": "x"}).status_code == 404


@pytest.fixture
def rule(brand: Brand) -> ReviewPolicy:
    policy: ReviewPolicy = ReviewPolicy.objects.create(brand=brand, confirms_proofs=True)
    return policy


def test_a_rule_confirms_what_is_marked_on_the_channel_s_own_platform(koc: Koc, rule: ReviewPolicy) -> None:
    share = make_share(koc, channel="xiaohongshu")
    told = proved(share, url=URL, marked=True)
    assert (told.status_code, told.json()["status"]) == (201, "confirmed")
    proof = PostProof.objects.get()
    assert proof.decided_at == proof.sent_at
    assert proof.decided_by is None


@pytest.mark.parametrize(
    ("channel", "url", "marked"),
    [
        ("xiaohongshu", URL, None),
        ("xiaohongshu", URL, False),
        ("weibo", URL, True),
        ("moments", URL, True),
        ("xiaohongshu", "https://xiaohongshu.com.example/explore/65a", True),
        ("xiaohongshu", "https://notxiaohongshu.com/explore/65a", True),
        ("xiaohongshu", "https://shop.example/?at=https://www.xiaohongshu.com/explore/65a", True),
        ("xiaohongshu", "https://xiaohongshu.com@shop.example/explore/65a", True),
    ],
)
def test_anything_else_waits_for_staff(
    koc: Koc, rule: ReviewPolicy, channel: str, url: str, marked: bool | None
) -> None:
    assert proved(make_share(koc, channel=channel), url=url, marked=marked).json()["status"] == "waiting"


def test_an_address_that_another_share_gave_and_a_brand_without_the_rule_wait(brand: Brand, rule: ReviewPolicy) -> None:
    first, second = (make_koc(brand, user=make_user()) for _koc in range(2))
    assert proved(make_share(first, channel="xiaohongshu"), url=URL, marked=True).json()["status"] == "confirmed"
    assert proved(make_share(second, channel="xiaohongshu"), url=URL, marked=True).json()["status"] == "waiting"
    other = make_koc(make_brand(), user=make_user())
    elsewhere = make_share(other, channel="xiaohongshu")
    assert proved(elsewhere, url=f"{URL}b", marked=True).json()["status"] == "waiting"
