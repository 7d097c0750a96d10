"""What a KOC shows of themselves: on the poster and on the page of a share, until they or the brand's staff take it off."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from accounts.people.models import Koc
from content.media.models import Avatar, Media
from content.media.services.avatars import remove_avatar, set_avatar
from content.media.services.pictures import store_picture
from content.posters.domain.layouts import LAYOUTS, Design
from content.submissions.models import Submission, SubmissionPicture
from referrals.shares.models import Share
from tests.support.admin_pages import page as page_of
from tests.support.clients import BROWSER, Person, errors, me
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share, make_staff, make_user
from tests.support.media.pictures import jpeg, png_that_claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def koc() -> Koc:
    return make_koc(make_brand(), name="小美", user=make_user("+8613900000001"))


@pytest.fixture
def share(koc: Koc) -> Share:
    return make_share(koc, make_kit(koc.brand, product=make_product(koc.brand)), code="abc")


def path(koc: Koc) -> str:
    return f"/api/v1/me/memberships/{koc.public_id}/avatar"


def put(person: Person, koc: Koc, file: BytesIO | None = None) -> Any:
    image = SimpleUploadedFile("IMG_1.HEIC", (file or jpeg()).getvalue())
    return person.put(path(koc), {"image": image}, format="multipart")


def poster() -> Image.Image:
    response = Client().get("/s/abc/poster.jpg")
    assert response.status_code == 200
    return Image.open(BytesIO(response.content))


def page() -> str:
    return Client(headers={"User-Agent": BROWSER}).get("/s/abc?view=1").content.decode()


def stored(koc: Koc, size: tuple[int, int] = (96, 64)) -> Media:
    return store_picture(brand=koc.brand, koc=koc, file=jpeg(size), by=koc.user, is_private=False, at=NOW)


def test_a_koc_shows_a_picture_on_poster_and_page_and_takes_it_off(koc: Koc, share: Share) -> None:
    phone, box = me(koc), LAYOUTS[Design.EDITORIAL].avatar
    middle = (box.left + box.width // 2, box.top + box.height // 2)
    left, right = (middle[0] - 30, middle[1] + 10), (middle[0] + 30, middle[1] + 10)
    before = poster()
    assert phone.get(path(koc)).status_code == 404
    assert "<img" not in page().partition("</header>")[0]
    response = put(phone, koc)
    assert response.status_code == 200
    shown = phone.get(path(koc)).json()
    assert shown == response.json() == phone.get(f"/api/v1/me/memberships/{koc.public_id}").json()["avatar"]
    drawn = poster()
    (red, *_), (_, _, blue) = drawn.getpixel(left), drawn.getpixel(right)  # type: ignore[misc]
    assert min(red, blue) > 200  # the flag of the test: left red, right blue
    assert f'<img src="{shown["thumbnail_url"]}"' in page().partition("</header>")[0]
    assert phone.delete(path(koc)).status_code == 204
    assert poster().tobytes() == before.tobytes()
    assert phone.delete(path(koc)).status_code == 204
    assert not Media.objects.exists()


def test_the_one_before_is_removed_with_its_files(koc: Koc, folder: Path) -> None:
    phone = me(koc)
    for size in ((96, 64), (90, 64), (90, 64)):
        assert put(phone, koc, jpeg(size)).status_code == 200
    media = Media.objects.get()
    assert (media.width, media.is_private, Avatar.objects.get().media) == (90, False, media)
    assert sorted(file.name for file in folder.rglob("*.jpg")) == sorted(name.split("/")[-1] for name in media.names)


def test_a_picture_that_something_else_shows_stays(koc: Koc) -> None:
    media = stored(koc)
    submission = Submission.objects.create(
        brand=koc.brand,
        koc=koc,
        title="t",
        text="t",
        licence="1",
        licence_text="t",
        sent_at=NOW,
        made_at=NOW,
        due_at=NOW,
    )
    SubmissionPicture.objects.create(submission=submission, media=media, position=0, number=1)
    set_avatar(koc=koc, media=media, at=NOW)
    remove_avatar(koc=koc)
    assert Media.objects.get() == media
    assert not Avatar.objects.exists()


def test_what_is_no_picture_changes_nothing(koc: Koc) -> None:
    phone = me(koc)
    put(phone, koc)
    before = Avatar.objects.values().get()
    assert errors(put(phone, koc, BytesIO(b"GIF89a")))[0][1] == "image"
    assert put(phone, koc, png_that_claims(60_000, 60_000)).status_code in (400, 413)
    assert errors(phone.put(path(koc), {}, format="multipart")) == [("required", "image")]
    assert Avatar.objects.values().get() == before


def test_nobody_reads_or_changes_another_s(koc: Koc) -> None:
    put(me(koc), koc)
    stranger = Person(make_user("+8613900000002"))
    for response in (stranger.get(path(koc)), put(stranger, koc), stranger.delete(path(koc))):
        assert response.status_code == 404
    assert Client().get(path(koc)).status_code == 401
    assert Avatar.objects.count() == 1


def test_the_database_shows_nobody_with_the_picture_of_another(koc: Koc) -> None:
    other = make_koc(koc.brand, "other")
    with pytest.raises(IntegrityError, match="an avatar is a picture of its KOC"), transaction.atomic():
        Avatar.objects.create(koc=other, media=stored(koc), set_at=NOW)


def test_a_poster_is_drawn_without_a_picture_whose_file_is_gone(koc: Koc, share: Share, folder: Path) -> None:
    before = poster()
    set_avatar(koc=koc, media=stored(koc), at=NOW)
    for file in folder.rglob("*.jpg"):
        file.unlink()
    assert poster().tobytes() == before.tobytes()


def test_staff_take_one_off(koc: Koc, client: Client) -> None:
    media = stored(koc)
    client.force_login(make_staff(koc.brand))
    change = page_of(Media, media)
    assert "Take off the posters" not in client.get(change).content.decode()
    set_avatar(koc=koc, media=media, at=NOW)
    shown = client.get(change).content.decode()
    assert "Take off the posters" in shown
    assert "avatar since" in shown.lower()
    answer = client.post(page_of(Media, media, "no_avatar"), follow=True)
    assert "It is not shown any more." in [str(message) for message in answer.context["messages"]]
    assert not Avatar.objects.exists()
    newer = stored(koc, (90, 64))
    set_avatar(koc=koc, media=newer, at=NOW)
    remove_avatar(koc=koc, media=stored(koc))  # a second click, after the KOC chose another
    assert Avatar.objects.get().media == newer
