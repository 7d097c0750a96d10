"""Many pictures at once: the same one is one row, and all of them take no more memory than a few."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts.brands.models import Brand
from content.media.models import Media
from content.media.services import pictures
from content.media.services.pictures import store_picture
from tests.support.concurrency import Rendezvous, run_at_once
from tests.support.factories import NOW, make_brand
from tests.support.media.pictures import BLUE, SAMPLES, file_of, flag, jpeg
from tests.support.processes.uploading import all_at_once


@pytest.fixture
def brand(committed: None, settings: Any, tmp_path: Path) -> Brand:
    settings.VAR_DIR = tmp_path
    return make_brand()


def test_the_same_picture_twice_at_once_is_one_row_and_its_files(
    brand: Brand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both write their files before either has a row; the loser's go."""
    meeting = Rendezvous(pictures._write)
    monkeypatch.setattr(pictures, "_write", meeting)

    def upload() -> Media:
        return store_picture(brand=brand, file=jpeg((400, 300)), by=None, at=NOW)

    first, second = run_at_once(upload, upload)
    assert meeting.most == 2
    assert first == second
    kept = Media.objects.get()
    assert sorted(path.name for path in (tmp_path / "media").rglob("*.jpg")) == sorted(
        name.split("/")[1] for name in kept.names
    )


def of_phones(number: int) -> bytes:
    """A picture of a kind that is hard to open, each another one."""
    colour = (number * 5, 0, 0)
    kinds: list[tuple[tuple[int, int], str, dict[str, Any]]] = [
        ((5712, 4284), "JPEG", {}),
        ((8064, 6048), "JPEG", {}),
        ((4032, 3024), "JPEG", {"progressive": True}),
        ((1440, 10_000), "PNG", {"compress_level": 1}),
        ((3600, 2700), "WEBP", {"method": 0}),
    ]
    size, kind, options = kinds[number % 5]
    return file_of(Image.new("RGB", size, colour), kind, **options).getvalue()


@pytest.mark.heavy
def test_fifty_uploads_at_once_stay_under_400_mb(brand: Brand, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    for number in range(46):
        (folder / f"{number}").write_bytes(of_phones(number))
    for number in range(4):
        (folder / f"heic{number}").write_bytes((SAMPLES / "large.heic").read_bytes())
    told = all_at_once(brand.pk, folder, tmp_path)
    assert (told["stored"], told["refused"]) == (50, [])
    assert told["peak_mb"] < 400, told
    assert Media.objects.count() == 47  # of four that are the same, one


def test_some_uploads_at_once_are_stored_one_after_another(brand: Brand, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}").write_bytes(file_of(flag((3000, 2000 + number)), "JPEG").getvalue())
    (folder / "bomb").write_bytes(file_of(Image.new("RGB", (12_001, 1), BLUE), "PNG").getvalue())
    told = all_at_once(brand.pk, folder, tmp_path)
    assert (told["stored"], told["refused"]) == (6, ["picture_too_many_pixels"])
    assert told["peak_mb"] < 400, told
