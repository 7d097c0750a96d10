"""Pictures of products and of kits: staff add them, shares carry them, posters and pages show them."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import KitUnfit, NotOpen
from content.kits.models import Kit, KitVersion, VersionPicture
from content.kits.services.versions import add_pictures, draft_of, publish_version, submit_version
from content.media.models import Media
from content.media.services.pictures import store_picture
from content.posters.services.keeping import kept_poster
from content.products.models import ProductPicture
from content.products.services import add_product_pictures
from referrals.shares.models import Share
from referrals.visits.selectors.posters import poster_behind
from tests.support.admin_pages import page
from tests.support.clients import Person, results
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share, make_staff, make_user

pytestmark = pytest.mark.django_db


def drawn(number: int) -> bytes:
    """A picture unlike the others."""
    file = io.BytesIO()
    Image.new("RGB", (600 + number, 800), (40 + 7 * number, 90, 160)).save(file, "JPEG")
    return file.getvalue()


def stored(brand: Brand, number: int = 0) -> Media:
    return store_picture(
        brand=brand, file=io.BytesIO(drawn(number)), alt=f"图 {number}", by=None, is_private=False, at=NOW
    )


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand, product=make_product(brand))


def published(kit: Kit, pictures: list[Media], channels: list[str]) -> KitVersion:
    draft = draft_of(kit=kit, by=None, at=NOW)
    KitVersion.objects.filter(pk=draft.pk).update(channels=channels)
    add_pictures(version=draft, pictures=pictures)
    draft.refresh_from_db()
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=make_staff(kit.brand), at=NOW)
    return draft


def poster(share: Share) -> bytes:
    facts = poster_behind(share.code)
    assert facts
    return kept_poster(facts, at=NOW).content


def tap(koc: Koc, kit: Kit, channel: str) -> Any:
    return Person(koc.user).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": channel}).json()


def test_a_share_carries_the_pictures_of_its_version_in_their_order(brand: Brand, koc: Koc, kit: Kit) -> None:
    pictures = [stored(brand, number) for number in (2, 0, 1)]
    published(kit, pictures, ["moments", "wecom_group"])
    told = tap(koc, kit, "moments")
    assert [(image["width"], image["height"]) for image in told["images"]] == [(602, 800), (600, 800), (601, 800)]
    assert all(image["url"].endswith(".jpg") for image in told["images"])
    group = tap(koc, kit, "wecom_group")
    attached = Person(koc.user).read(f"shares/{group['id']}/wecom").json()
    assert attached["text"] == {"content": group["post_text"]}
    assert [one["image"]["pic_url"] for one in attached["attachments"]] == [one["url"] for one in group["images"]]
    assert Person(make_koc(brand, user=make_user()).user).read(f"shares/{group['id']}/wecom").status_code == 404
    [listed] = results(Person(koc.user).read("kits", koc=koc.public_id))
    assert [image["alt"] for image in listed["images"]] == ["图 2", "图 0", "图 1"]


def test_without_pictures_of_its_own_a_kit_shows_its_products(brand: Brand, koc: Koc, kit: Kit) -> None:
    assert tap(koc, kit, "moments")["images"] == []
    add_product_pictures(product=kit.product, pictures=[stored(brand, 1), stored(brand, 2)])  # type: ignore[arg-type]
    assert [image["width"] for image in tap(koc, kit, "moments")["images"]] == [601, 602]


def test_more_pictures_than_a_channel_takes_keep_it_from_being_published_there(brand: Brand, kit: Kit) -> None:
    pictures = [stored(brand, number) for number in range(10)]
    with pytest.raises(KitUnfit, match="Moments, pictures: 10 are too many: at most 9"):
        published(kit, pictures, ["moments", "xiaohongshu"])


def test_a_version_that_left_its_draft_keeps_its_pictures_and_the_next_has_them_too(brand: Brand, kit: Kit) -> None:
    version = published(kit, [stored(brand)], ["moments"])
    with pytest.raises(NotOpen):
        add_pictures(version=version, pictures=[stored(brand, 1)])
    with pytest.raises(IntegrityError, match="left its draft"), transaction.atomic():
        VersionPicture.objects.all().delete()
    assert draft_of(kit=kit, by=None, at=NOW).pictures.count() == 1


def test_a_picture_is_shown_by_its_own_brand_alone(brand: Brand, kit: Kit) -> None:
    theirs = stored(make_brand())
    with pytest.raises(IntegrityError, match="by its own brand"), transaction.atomic():
        ProductPicture.objects.create(product_id=kit.product_id or 0, media=theirs)
    with pytest.raises(IntegrityError, match="by its own brand"), transaction.atomic():
        add_pictures(version=draft_of(kit=kit, by=None, at=NOW), pictures=[theirs])


def test_the_poster_and_the_page_show_the_first_picture(brand: Brand, kit: Kit, folder: Any) -> None:
    share: Share = make_share(make_koc(brand), kit)
    plain = poster(share)
    version = published(kit, [stored(brand, 3), stored(brand, 4)], ["moments"])
    share = Share.objects.get()
    shown = poster(share)
    assert shown != plain
    text = Client().get(f"/s/{share.code}?view=1").content.decode()
    assert text.count("<img ") == 2
    assert 'alt="图 3"' in text
    for row in version.pictures.all():
        for name in row.media.names:
            (folder / name).unlink()
    Kit.objects.filter(pk=kit.pk).update(title="other")
    KitVersion.objects.filter(pk=version.pk)
    again = make_share(make_koc(brand, name="大壮"), make_kit(brand, product=kit.product))
    assert poster(again)


def test_staff_add_pictures_to_a_draft_and_to_a_product(brand: Brand, kit: Kit, client: Client) -> None:
    client.force_login(make_staff(brand))
    draft = draft_of(kit=kit, by=None, at=NOW)
    for row, count in ((draft, 2), (kit.product, 1)):
        files = [SimpleUploadedFile("a.jpg", drawn(number)) for number in range(count)]
        answer = client.post(page(type(row), row, "pictures"), {"pictures": files, "alt": "瓶子"})
        assert answer.status_code == 302
        assert row.pictures.count() == count  # type: ignore[union-attr]
        assert "瓶子" in client.get(page(type(row), row)).content.decode()
    large = SimpleUploadedFile("a.jpg", drawn(5) + bytes(2 * 1024 * 1024))
    assert client.post(page(KitVersion, draft, "pictures"), {"pictures": [large], "alt": ""}).status_code == 302
    refused = client.post(
        page(KitVersion, draft, "pictures"), {"pictures": [SimpleUploadedFile("a.jpg", b"<html>")], "alt": ""}
    )
    assert "a.jpg: This is no picture." in refused.content.decode()
    assert not any(media.is_private for media in Media.objects.all())
