"""Floods: what one source sends beyond the limit is kept and not counted; sources are keyed hashes of addresses."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from foundation.http.addresses import address_behind
from referrals.shares.models import Share
from referrals.visits.domain.readers import key_of_day, source
from referrals.visits.models import Visit
from referrals.visits.services.journal import ingest_abandoned
from tests.support.clients import BROWSER
from tests.support.factories import NOW
from tests.support.processes.open_door import OpenDoor

pytestmark = pytest.mark.django_db
# --- the journal
# -------------------------------------------------------------------------------------------------------


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.clicks")))


def kinds() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("uncounted", flat=True))


# --- floods and sources
# --------------------------------------------------------------------------------------------------


def test_what_one_source_sends_beyond_the_limit_is_a_flood(opened: OpenDoor, share: Share, settings: Any) -> None:
    settings.FLOOD_CLICKS = 3
    for _batch in range(2):
        for _click in range(2):
            opened.open("/s/abc")
        opened.open("/s/abc", REMOTE_ADDR="192.0.2.8")
        opened.ingest()
    opened.open("/s/abc")
    opened.open("/s/abc", HTTP_USER_AGENT="Googlebot/2.1")
    opened.ingest()
    of_source = [
        list(Visit.objects.filter(source=one).order_by("pk").values_list("uncounted", flat=True))
        for one in sources_seen()
    ]
    assert sorted(of_source) == [["", ""], ["", "", "", "flood", "flood", "robot"]]


def sources_seen() -> list[str]:
    return sorted(set(Visit.objects.values_list("source", flat=True)))


def test_the_view_knows_a_flood_too(share: Share, settings: Any) -> None:
    settings.FLOOD_CLICKS = 2
    for _click in range(3):
        Client(headers={"User-Agent": BROWSER}).get("/s/abc")
    assert kinds() == ["", "", "flood"]


def test_a_flood_is_over_a_minute_later(share: Share, settings: Any, tmp_path: Path) -> None:
    settings.FLOOD_CLICKS = 2
    start = int(datetime(2026, 3, 1, 2, 10, tzinfo=UTC).timestamp())
    seconds = [0, 10, 20, 59, 69, 200]
    lines = [
        f"{n}\tabc\t{str(n) * 22}\t{(start + second) * 1_000_000}\tffffffffffffffff\tf"
        for n, second in enumerate(seconds, 1)
    ]
    for piece in (lines[:4], lines[4:]):
        (tmp_path / "0-1-0.clicks").write_text("\n".join(["", *piece, ""]))
        ingest_abandoned(tmp_path, at=NOW)
    assert kinds() == ["", "", "flood", "flood", "flood", ""]


def test_no_limit_and_no_source_are_no_flood(opened: OpenDoor, share: Share, settings: Any) -> None:
    settings.FLOOD_CLICKS = 0
    for _click in range(5):
        opened.open("/s/abc")
    opened.ingest()
    settings.FLOOD_CLICKS = 1
    for _click in range(5):
        opened.open("/s/abc", REMOTE_ADDR="")
    opened.ingest()
    assert kinds() == [""] * 10


def test_no_address_is_written_anywhere(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc", REMOTE_ADDR="192.0.2.7")
    assert b"192.0.2.7" not in written(opened.folder)
    opened.ingest()
    assert "192.0.2.7" not in str(Visit.objects.values().get())


def test_a_source_is_another_one_every_day_and_with_another_secret() -> None:
    keys = [key_of_day("secret", 1), key_of_day("secret", 2), key_of_day("another", 1)]
    assert len({source("192.0.2.7", key=key) for key in keys}) == 3
    assert source("192.0.2.7", key=keys[0]) == source("192.0.2.7", key=key_of_day("secret", 1))


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.7", "192.0.2.7:4711", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8::1", "2001:db8::ffff", True),  # one subscriber has all 64 bits behind the prefix
        ("2001:db8::1", "[2001:db8::1]:443", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_source_is_a_subscriber(one: str, another: str, same: bool) -> None:
    key = key_of_day("secret", 1)
    assert (source(one, key=key) == source(another, key=key)) is same


def test_what_is_no_address_has_no_source() -> None:
    assert [source(text, key=b"k") for text in ("", "unknown", "_hidden", "1.2.3", "a:b:c", "192.0.2.7\0")] == [""] * 6


def test_the_address_is_what_our_own_proxies_saw() -> None:
    assert address_behind("10.0.0.1", "forged, 192.0.2.7", proxies=1) == "192.0.2.7"
    assert address_behind("10.0.0.1", "192.0.2.7, 10.0.0.2", proxies=2) == "192.0.2.7"
    assert address_behind("192.0.2.7", "forged", proxies=0) == "192.0.2.7"
    assert address_behind("10.0.0.1", None, proxies=1) == ""
    assert address_behind("10.0.0.1", "192.0.2.7", proxies=2) == "192.0.2.7"
