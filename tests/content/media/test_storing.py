"""Pictures are stored once, whole, and where the settings say."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.media.domain.refusals import AltTooLong, PictureBroken, PictureRefused, PicturesBusy, TooManyPictures
from content.media.models import Media
from content.media.selectors import media_of_brand, media_of_koc
from content.media.services import pictures
from content.media.services.pictures import describe_picture, remove_picture, store_picture
from content.media.services.room import Room
from content.media.services.sweeping import sweep_media
from content.tasks import sweep_pictures
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand, make_koc, make_staff, make_user
from tests.support.media.pictures import file_of, flag, jpeg, png, sample, with_exif

pytestmark = pytest.mark.django_db


def store(brand: Brand, file: Any = None, **given: Any) -> Media:
    return store_picture(brand=brand, file=file or jpeg((400, 300)), **{"by": None, "at": NOW} | given)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_picture_is_a_row_and_its_files(brand: Brand, folder: Path) -> None:
    staff = make_staff(brand)
    media = store(brand, jpeg((1600, 1200), exif=with_exif()), alt="  a  jar\non a shelf ", by=staff)
    media.refresh_from_db()
    assert (media.width, media.height, media.format, media.alt, media.is_private) == (
        1600,
        1200,
        "jpeg",
        "a jar on a shelf",
        True,
    )
    assert (media.koc, media.uploaded_by, media.created_at) == (None, staff, NOW)
    assert re.fullmatch(r"20260301/[0-9a-f]{32}", media.stem)
    assert files_in(folder) == sorted(media.names)
    assert media.names == [f"{media.stem}.jpg", f"{media.stem}-320.jpg", f"{media.stem}-1080.jpg"]
    assert (folder / media.names[0]).stat().st_size == media.bytes
    assert folder.stat().st_mode & 0o777 == 0o700
    assert media.public_id.startswith("med_")
    assert str(media) == "a jar on a shelf"
    assert str(store(brand, png())) == "JPEG 96 × 64"


def test_the_same_picture_twice_is_one_row(brand: Brand, folder: Path) -> None:
    first = store(brand, jpeg())
    again = store(brand, jpeg(exif=with_exif()), alt="said later", is_private=False, at=NOW + timedelta(days=1))
    assert again.pk == first.pk
    assert Media.objects.values_list("alt", "is_private", "created_at").get() == ("said later", False, NOW)
    third = store(brand, jpeg(), alt="another word")
    assert (third.alt, third.is_private) == ("said later", False)
    assert files_in(folder) == sorted(first.names)


def test_everybody_has_a_row_of_their_own(brand: Brand, koc: Koc) -> None:
    other = make_koc(brand)
    rows = [store(brand), store(brand, koc=koc), store(brand, koc=other), store(make_brand("other"))]
    assert len({row.pk for row in rows}) == 4
    assert len({row.digest for row in rows}) == 1
    assert len({row.stem for row in rows}) == 4


def test_another_brands_picture_is_not_there(brand: Brand, koc: Koc) -> None:
    own, other = store(brand, koc=koc), make_brand("other")
    theirs = store(other)
    assert media_of_brand(brand, own.public_id) == own
    assert media_of_brand(brand, theirs.public_id) is None
    assert media_of_koc(koc, own.public_id) == own
    assert media_of_koc(koc, store(brand).public_id) is None
    assert media_of_koc(make_koc(brand), own.public_id) is None
    assert media_of_brand(brand, "med_x") is None


def test_what_is_refused_leaves_nothing(brand: Brand, folder: Path) -> None:
    for file in (jpeg((20, 20)).getvalue()[:300], b"no picture"):
        with pytest.raises(PictureRefused):
            store(brand, BytesIO(file))
    with pytest.raises(AltTooLong) as refused:
        store(brand, alt="x" * 201)
    assert (refused.value.place, TooManyPictures("x").place) == ("alt", "image")
    with pytest.raises(AltTooLong):
        describe_picture(media=store(brand), alt="x" * 201, is_private=True)
    assert Media.objects.count() == 1
    assert len(files_in(folder)) == 2


def test_a_file_is_there_before_its_row(brand: Brand, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def dies(*given: Any) -> None:
        raise SystemExit("the process was killed")

    monkeypatch.setattr(pictures, "_keep", dies)
    with pytest.raises(SystemExit):
        store(brand)
    assert not Media.objects.exists()
    assert len(files_in(folder)) == 2


def test_files_without_a_row_are_swept_after_two_days(brand: Brand, folder: Path) -> None:
    media = store(brand)
    (folder / "20260301" / "abc.jpg").write_bytes(b"left")
    (folder / "20260301" / "abc-320.jpg").write_bytes(b"left")
    (folder / "20260301" / f"{media.stem[9:]}.jpg.77.part").write_bytes(b"half of a picture that is there")
    (folder / "20260301" / "def.jpg.77.part").write_bytes(b"half")
    assert sweep_media(at=NOW) == 0
    assert sweep_media(at=NOW + timedelta(days=1)) == 0
    assert sweep_media(at=NOW + timedelta(days=40)) == 0
    assert sweep_media(at=NOW + timedelta(days=2)) == 3
    assert sweep_media(at=NOW + timedelta(days=2)) == 0
    assert set(media.names) <= set(files_in(folder))
    sweep_pictures()


def test_a_file_that_cannot_be_removed_keeps_no_other(
    brand: Brand, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "20260301").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / "20260301" / name).touch()
    delete = storages["media"].delete

    def refuses(name: str) -> None:
        if "b.jpg" in name:
            raise PermissionError
        delete(name)

    monkeypatch.setattr(storages["media"], "delete", refuses)
    assert sweep_media(at=NOW + timedelta(days=2)) == 2
    assert files_in(folder) == ["20260301/b.jpg"]


def test_a_picture_is_removed_with_its_files(brand: Brand, folder: Path) -> None:
    media = store(brand)
    remove_picture(media=media)
    assert (Media.objects.count(), files_in(folder)) == (0, [])


def test_a_picture_of_another_brands_koc_is_refused_by_the_database(brand: Brand) -> None:
    with pytest.raises(IntegrityError, match="its KOC's brand"), transaction.atomic():
        store(brand, koc=make_koc(make_brand("other")))


@pytest.mark.parametrize("change", ["digest = repeat('a', 64)", "width = 1", "stem = 'x'", "format = 'png'"])
def test_what_a_picture_is_stays(brand: Brand, change: str) -> None:
    store(brand)
    assert_refused_by_database(f"UPDATE content_media SET {change}")


def test_the_database_refuses_what_is_no_picture(brand: Brand) -> None:
    store(brand)
    columns = "brand_id, digest, stem, format, width, height, bytes, alt, is_private, created_at"
    for digest, width, law in [("x", 1, "media_digest_is_sha256"), ("a" * 64, 0, "media_shows_something")]:
        assert_refused_by_database(
            f"INSERT INTO content_media ({columns}) SELECT brand_id, '{digest}', 'other', format, {width}, height, bytes, alt,"
            " is_private, created_at FROM content_media",
            law,
        )


def test_a_picture_that_takes_too_long_to_get_room_is_told_to_come_back() -> None:
    room = Room(10, patience=0.01)
    with room.of(6), room.of(4), pytest.raises(PicturesBusy) as busy, room.of(1):
        pass
    assert busy.value.retry_after == 10
    with room.of(10):
        assert room.taken == 10
    assert (room.taken, room.most_taken, len(room.queue)) == (0, 10, 0)


def test_heic_is_stored_as_jpeg(brand: Brand) -> None:
    assert store(brand, sample("phone.heic")).format == "jpeg"
    transparent = flag().convert("RGBA")
    transparent.putalpha(9)
    assert store(brand, file_of(transparent, "PNG")).names[0].endswith(".png")


def test_a_decoder_that_hangs_is_stopped(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content.media.rendering.apart.PROGRAM", ["sleep"])
    monkeypatch.setattr("content.media.rendering.apart.SECONDS", 0.1)
    with monkeypatch.context() as slow:
        slow.setattr("content.media.rendering.apart.PROGRAM", ["sh", "-c", "sleep 60"])
        with pytest.raises(PictureBroken, match="too long"):
            store(brand, sample("phone.heic"))


def test_a_picture_that_is_used_stays(brand: Brand, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = store(brand)

    def protects(*given: Any) -> None:
        raise ProtectedError("used", {media})

    monkeypatch.setattr(Media, "delete", protects)
    with pytest.raises(ProtectedError):
        remove_picture(media=media)
    assert files_in(folder) == sorted(media.names)


def test_the_uploader_is_named(brand: Brand) -> None:
    user = make_user()
    assert store(brand, by=user).uploaded_by == user
