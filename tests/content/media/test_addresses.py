"""Where pictures are fetched: public ones for ever, private ones for an hour or two by whoever was given the address."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.brands.models import Brand
from content.media.models import Media
from content.media.rendering.addresses import address_of, asked_by_signature
from content.media.services.pictures import describe_picture, store_picture
from tests.support.factories import NOW
from tests.support.media.pictures import file_of, flag, jpeg

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def public(brand: Brand) -> Media:
    return store_picture(brand=brand, file=jpeg((1600, 1200)), by=None, is_private=False, at=NOW)


@pytest.fixture
def private(brand: Brand) -> Media:
    return store_picture(brand=brand, file=jpeg((400, 300)), by=None, at=NOW)


def fetch(address: str, at: datetime = NOW, *, known: str = "") -> Any:
    with time_machine.travel(at, tick=False):
        response: Any = Client(headers={"If-None-Match": known}).get(address.removeprefix("http://127.0.0.1:8000"))
        response.body = b"".join(response.streaming_content) if response.streaming else response.content  # and closed
        return response


def test_a_public_picture_has_one_address(public: Media, settings: Any, folder: Path) -> None:
    assert address_of(public, at=NOW) == f"{settings.PUBLIC_URL}/media/{public.public_id}.jpg"
    assert address_of(public, at=NOW + 99 * HOUR) == address_of(public, at=NOW)
    assert address_of(public, at=NOW, width=300) == f"{settings.PUBLIC_URL}/media/{public.public_id}-320.jpg"
    settings.MEDIA_URL_BASE = "https://cdn.example"
    assert address_of(public, at=NOW, width=2000) == f"https://cdn.example/media/{public.public_id}.jpg"
    response = fetch(f"/media/{public.public_id}-320.jpg")
    assert response.status_code == 200
    assert response.body == (folder / public.name_at(320)).read_bytes()
    said = {name: response[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")}
    assert said == {
        "Content-Type": "image/jpeg",
        "Content-Disposition": f'inline; filename="{public.public_id}-320.jpg"',
        "X-Content-Type-Options": "nosniff",
    }
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    assert "sandbox" in response["Content-Security-Policy"]
    assert "Set-Cookie" not in response


def test_whoever_has_a_picture_is_not_sent_it_again(public: Media) -> None:
    address = address_of(public, at=NOW)
    tag = fetch(address)["ETag"]
    again = fetch(address, known=tag)
    assert (again.status_code, again.body, again["ETag"]) == (304, b"", tag)
    assert fetch(address, known='"other"').status_code == 200
    assert fetch(address_of(public, at=NOW, width=320), known=tag).status_code == 200


def test_head_says_how_large_it_is(public: Media) -> None:
    response: Any = Client().head(f"/media/{public.public_id}.jpg")
    for close in response._resource_closers:
        close()
    assert (response.status_code, response["Content-Length"]) == (200, str(public.bytes))


def test_a_private_picture_is_seen_by_a_signed_address_for_an_hour_at_least(private: Media, folder: Path) -> None:
    address = address_of(private, at=NOW)
    assert address_of(private, at=NOW + timedelta(minutes=59)) == address  # NOW is a whole hour
    assert address_of(private, at=NOW + HOUR) != address
    for late in (timedelta(0), HOUR, 2 * HOUR - timedelta(seconds=1)):
        response = fetch(address, NOW + late)
        assert response.status_code == 200
        assert response.body == (folder / private.name_at()).read_bytes()
        assert set(response["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert fetch(address, NOW + 2 * HOUR).status_code == 404
    assert fetch(address_of(private, at=NOW, width=320)).status_code == 200


def test_a_signed_address_cannot_be_altered(private: Media, public: Media) -> None:
    address = address_of(private, at=NOW)
    said, _colon, signature = address.rpartition(":")
    _start, _slash, name = said.rpartition("/")
    start = f"{_start}/"
    number, width, until = name.split("-")
    for altered in (
        f"{number}-320-{until}",
        f"{number}-{width}-{int(until) + 3600}",
        f"{public.public_id}-{width}-{until}",
        f"{name}-1",
        "",
    ):
        assert fetch(f"{start}{altered}:{signature}", NOW).status_code == 404
    for place in range(len(signature)):
        changed = signature[:place] + ("A" if signature[place] != "A" else "B") + signature[place + 1 :]
        assert asked_by_signature(f"{name}:{changed}", at=NOW) is None
    assert fetch(f"{start}{name}", NOW).status_code == 404
    assert fetch(f"{start}{name}:", NOW).status_code == 404


def test_a_private_picture_is_not_at_the_public_address(private: Media) -> None:
    address = f"/media/{private.public_id}.jpg"
    assert fetch(address).status_code == 404
    describe_picture(media=private, alt="", is_private=False)
    assert fetch(address).status_code == 200
    describe_picture(media=private, alt="", is_private=True)
    assert fetch(address).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "", "x", "med_x.jpg", "..%2f..%2fsecrets.json", "{id}", "{id}.png", "{id}.jpg.php", "{id}-.jpg",
        "{id}-x.jpg", "{id}-999999.jpg", "{id}-³.jpg", "private", "private/", "%00.jpg",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_found(public: Media, name: str) -> None:
    response = fetch(f"/media/{name.replace('{id}', public.public_id)}")
    assert response.status_code == 404


def test_a_file_that_is_gone_is_not_found(public: Media, folder: Path) -> None:
    (folder / public.name_at()).unlink()
    assert fetch(address_of(public, at=NOW)).status_code == 404


def test_a_picture_is_only_fetched(public: Media) -> None:
    assert Client().post(f"/media/{public.public_id}.jpg").status_code == 405


def test_a_transparent_picture_is_a_png(brand: Brand) -> None:
    clear = flag().convert("RGBA")
    clear.putalpha(9)
    media = store_picture(brand=brand, file=file_of(clear, "PNG"), by=None, is_private=False, at=NOW)
    response = fetch(address_of(media, at=NOW))
    assert (address_of(media, at=NOW)[-4:], response["Content-Type"]) == (".png", "image/png")
