"""Staff upload pictures, say what they show, and see their own brand's."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand
from content.media.models import Media
from content.media.services.pictures import store_picture
from tests.support.factories import NOW, make_brand, make_koc, make_staff
from tests.support.media.pictures import jpeg, png

pytestmark = pytest.mark.django_db
LIST, ADD = reverse("admin:content_media_changelist"), reverse("admin:content_media_add")


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def upload(staff: Client, brand: Brand, *contents: bytes, **said: Any) -> Any:
    files = [SimpleUploadedFile(f"IMG_{number}.HEIC", one) for number, one in enumerate(contents, start=1)]
    return staff.post(ADD, {"brand": brand.pk, "pictures": files, **said}, follow=True)


def told(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def test_staff_upload_several_at_once(staff: Client, brand: Brand) -> None:
    form = staff.get(ADD).content.decode()
    assert 'type="file"' in form
    assert "multiple" in form
    assert "grove/pictures" in form
    page = upload(staff, brand, jpeg().getvalue(), png((50, 50)).getvalue(), alt="two jars", is_private="on")
    assert told(page) == ["2 pictures are stored."]
    assert list(Media.objects.values_list("alt", "is_private", "koc")) == [("two jars", True, None)] * 2
    assert page.content.decode().count("<img src=") >= 2
    assert told(upload(staff, brand, jpeg().getvalue())) == ["1 picture is stored."]
    assert Media.objects.count() == 2
    assert not Media.objects.get(width=96).is_private


def test_each_file_that_is_refused_is_named(staff: Client, brand: Brand) -> None:
    page = upload(staff, brand, jpeg().getvalue(), b"GIF89a", b"hello")
    assert page.context["form"].errors["pictures"] == [
        "IMG_2.HEIC: GIF is not taken. Send a JPEG, PNG, WebP or HEIC.",
        "IMG_3.HEIC: This is no picture. Send a JPEG, PNG, WebP or HEIC.",
    ]
    assert not Media.objects.exists()
    damaged = jpeg((400, 300)).getvalue()[:-500]
    page = upload(staff, brand, jpeg().getvalue(), damaged)
    assert [text[:31] for text in told(page)] == ["IMG_2.HEIC: This picture is dama", "1 picture is stored."] or len(
        told(page)
    ) == 2
    page = upload(staff, brand, damaged)
    assert page.context["faults"][0].startswith("IMG_1.HEIC: This picture is damaged")
    assert "At most 18" in str(upload(staff, brand, *[b"x"] * 19).context["form"].errors["pictures"])
    assert upload(staff, brand).context["form"].errors["pictures"] == ["This field is required."]


def test_staff_say_what_a_picture_shows(staff: Client, brand: Brand) -> None:
    media = store_picture(brand=brand, file=jpeg(), by=None, at=NOW)
    page = reverse("admin:content_media_change", args=[media.pk])
    assert "/media/private/" in staff.get(page).content.decode()
    staff.post(page, {"alt": "a jar", "is_private": ""})
    media.refresh_from_db()
    assert (media.alt, media.is_private) == ("a jar", False)
    assert "/media/private/" not in staff.get(page).content.decode()


def test_another_brands_pictures_are_not_seen_nor_uploaded_to(staff: Client, brand: Brand) -> None:
    other = make_brand("other")
    theirs = store_picture(brand=other, file=jpeg(), by=None, at=NOW)
    assert list(staff.get(LIST).context["cl"].result_list) == []
    away = staff.get(reverse("admin:content_media_change", args=[theirs.pk]))
    assert (away.status_code, away["Location"]) == (302, reverse("admin:index"))
    assert "brand" in upload(staff, other, png().getvalue()).context["form"].errors
    assert Media.objects.get() == theirs


def test_the_list_asks_no_question_per_row(staff: Client, brand: Brand) -> None:
    store_picture(brand=brand, file=png((9, 9)), by=None, koc=make_koc(brand), at=NOW)
    staff.get(LIST)
    with CaptureQueriesContext(connection) as one:
        staff.get(LIST)
    for size in range(10, 19):
        store_picture(brand=brand, file=png((size, 9)), by=None, koc=make_koc(brand), at=NOW)
    with CaptureQueriesContext(connection) as many:
        assert len(staff.get(LIST).context["cl"].result_list) == 6
    assert len(many) == len(one)
