"""The door in front of Django: what it answers from memory, and what it leaves to Django."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from content.kits.models import Kit
from referrals.shares.models import Share
from referrals.visits.api import redirect as doors
from referrals.visits.models import Visit
from tests.support.clients import BROWSER
from tests.support.factories import NOW
from tests.support.processes.open_door import OpenDoor

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("uncounted", flat=True))


def test_the_answer_names_the_row_that_is_not_there_yet(opened: OpenDoor, share: Share) -> None:
    headers = opened.open("/s/abc")
    assert not Visit.objects.exists()
    assert opened.ingest() == 1
    visit = Visit.objects.get()
    assert headers["Location"] == f"https://shop.example/p/S1?grove_click={visit.public_id}"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Set-Cookie"] == f"grove_visitor={visit.visitor}; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax"
    assert (visit.share, visit.counted, len(visit.visitor), len(visit.source)) == (share, True, 22, 16)
    assert abs(visit.visited_at.timestamp() - time.time()) < 60
    assert opened.asked == 0


def test_the_door_and_the_view_say_the_same(opened: OpenDoor, share: Share) -> None:
    headers = opened.open("/s/abc", HTTP_COOKIE="a=b; grove_visitor=" + "v" * 22)
    response = Client(headers={"User-Agent": BROWSER, "Cookie": "a=b; grove_visitor=" + "v" * 22}).get("/s/abc")
    opened.ingest()
    first, second = Visit.objects.order_by("uncounted")
    assert (first.visitor, second.visitor, kinds().count("repeat")) == ("v" * 22, "v" * 22, 1)
    assert headers["Location"].partition("clk_")[0] == response.headers["Location"].partition("clk_")[0]
    for name in ("Cache-Control", "Referrer-Policy"):
        assert headers[name] == response.headers[name]
    cookie = response.cookies["grove_visitor"]
    assert headers["Set-Cookie"] == (
        f"grove_visitor={cookie.value}; Max-Age={cookie['max-age']}; Path={cookie['path']}; HttpOnly; SameSite={cookie['samesite']}"
    )


@pytest.mark.parametrize(
    ("path", "meta"),
    [
        ("/s/nobody", {}),
        ("/s/abc/qr.svg", {}),
        ("/s/", {}),
        ("/s/\0", {}),
        ("/s/" + "a" * 300, {}),
        ("/healthz", {}),
        ("/s/abc", {"REQUEST_METHOD": "HEAD"}),
        ("/s/abc", {"REQUEST_METHOD": "POST"}),
        ("/s/abc", {"HTTP_SEC_PURPOSE": "prefetch;prerender"}),
        ("/s/abc", {"HTTP_X_MOZ": "prefetch"}),
        ("/s/abc", {"QUERY_STRING": "a=1&view=1"}),
        ("/s/abc", {"HTTP_HOST": "evil.example"}),
        ("/s/abc", {"HTTP_HOST": ""}),
    ],
)
def test_what_is_not_plain_is_left_to_django(
    opened: OpenDoor, share: Share, path: str, meta: dict[str, str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    assert opened.open(path, **meta) == {"From": "Django"}
    assert (opened.asked, opened.ingest()) == (1, 0)


def test_robots_are_sent_on_and_kept_apart(opened: OpenDoor, share: Share) -> None:
    assert opened.open("/s/abc", HTTP_USER_AGENT="Googlebot/2.1")["Location"].startswith(
        "https://shop.example/p/S1?grove_click=clk_"
    )
    opened.ingest()
    assert kinds() == ["robot"]


def test_a_visitor_counts_once_an_hour_in_one_batch_and_across_batches(opened: OpenDoor, share: Share) -> None:
    cookie = opened.open("/s/abc")["Set-Cookie"].partition(";")[0]
    opened.open("/s/abc", HTTP_COOKIE=cookie)
    opened.open("/s/abc")
    opened.ingest()
    opened.open("/s/abc", HTTP_COOKIE=cookie)
    opened.ingest()
    assert kinds() == ["", "repeat", "", "repeat"]


def test_who_says_no_gets_no_cookie_and_is_nobody_again(opened: OpenDoor, share: Share) -> None:
    """`DNT: 1` or `Sec-GPC: 1`: their cookie is not read either; each click has a visitor of its own."""
    cookie = "grove_visitor=" + "v" * 22
    answers = [opened.open("/s/abc", **{name: "1", "HTTP_COOKIE": cookie}) for name in ("HTTP_DNT", "HTTP_SEC_GPC")]
    client = Client(headers={"User-Agent": BROWSER, "Sec-GPC": "1", "Cookie": cookie})
    assert not client.get("/s/abc").cookies
    opened.ingest()
    assert ["Set-Cookie" in answer for answer in answers] == [False, False]
    visitors = set(Visit.objects.values_list("visitor", flat=True))
    assert len(visitors) == 3
    assert "v" * 22 not in visitors


def test_an_ended_kit_is_seen_within_a_minute(opened: OpenDoor, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(doors.time, "monotonic", lambda: now[0])
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/p/S1?")
    Kit.objects.update(status="ended")
    now[0] += 61
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/?grove_click=clk_")


def test_links_that_are_known_work_while_the_database_is_away(
    opened: OpenDoor, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.open("/s/abc")
    now = time.monotonic()
    monkeypatch.setattr(doors.time, "monotonic", lambda: now + 3600)

    def gone(code: str) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(doors, "share_behind", gone)
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/p/S1?")
    assert opened.open("/s/another") == {"From": "Django"}
    assert opened.ingest() == 2


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_a_number_in_stock_a_known_link_leads_on_without_a_click_and_asks_only_now_and_then(
    opened: OpenDoor, share: Share, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    opened.open("/s/abc")
    opened.door._ids.clear()
    asked, now = [], time.monotonic()
    monkeypatch.setattr(doors.time, "monotonic", lambda: now)

    def gone(*_: Any) -> None:
        asked.append(now)
        raise error("away")

    with monkeypatch.context() as away:
        away.setattr(doors, "reserve_ids", gone)
        for _click in range(5):
            headers = opened.open("/s/abc")
            assert headers == {
                "Location": "https://shop.example/p/S1",
                "Cache-Control": "no-store",
                "Referrer-Policy": "same-origin",
            }
        assert len(asked) == 1
        now += doors.AWAY_SECONDS
        opened.open("/s/abc")
        assert len(asked) == 2
    now += doors.AWAY_SECONDS
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/p/S1?grove_click=clk_")
    assert opened.ingest() == 2
    assert opened.asked == 0


def test_a_known_link_asks_the_database_nothing(opened: OpenDoor, share: Share, django_assert_num_queries: Any) -> None:
    opened.open("/s/abc")
    with django_assert_num_queries(0):
        opened.open("/s/abc")


def test_in_production_the_door_speaks_https_only(tmp_path: Path, share: Share, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS, settings.NUM_PROXIES = True, 31_536_000, 1
    opened = OpenDoor(tmp_path / "clicks")
    assert opened.open("/s/abc") == {"From": "Django"}
    headers = opened.open("/s/abc", HTTP_X_FORWARDED_PROTO="https")
    assert headers["Set-Cookie"].endswith("; SameSite=Lax; Secure")
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert opened.ingest() == 1
    assert Visit.objects.get().source == ""  # the proxy did not say whose click it is


def test_a_fork_shares_neither_journal_nor_numbers(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    child = os.fork()
    if not child:
        os._exit(0 if opened.door.journal is None and not opened.door._ids else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert opened.ingest() == 1


def test_a_number_is_given_to_one_thread_only(opened: OpenDoor, share: Share) -> None:
    """Even when others take all that was just drawn."""
    drawn: list[int] = []

    def draw(many: int) -> None:
        drawn.append(many)
        opened.door._ids.extend([] if len(drawn) == 1 else [(1, "clk_1")])

    opened.door.begin()
    opened.door._draw = draw  # type: ignore[method-assign]
    assert opened.door._next_id() == (1, "clk_1")
    assert drawn == [100, 200]


def test_staff_see_what_was_not_counted(opened: OpenDoor, share: Share, settings: Any, admin_client: Client) -> None:
    settings.FLOOD_CLICKS = 1
    for _click in range(3):
        opened.open("/s/abc")
    opened.ingest()
    page = admin_client.get(f"/admin/referrals/share/{share.pk}/change/").content.decode()
    assert "flood of one source" in page
    listed = admin_client.get("/admin/referrals/visit/?q=abc&uncounted__exact=flood")
    assert listed.context["cl"].result_count == 2


def test_while_the_database_is_away_clicks_wait_in_two_files(
    opened: OpenDoor, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> int:
        raise DatabaseError("away")

    with monkeypatch.context() as away:
        away.setattr("referrals.visits.services.journal.record_clicks", gone)
        for _beat in range(5):
            opened.open("/s/abc")
            with pytest.raises(DatabaseError):
                opened.ingest()
    assert len(list(opened.folder.glob("*.clicks"))) == 2
    assert opened.ingest() + opened.ingest() == 5
    assert len(list(opened.folder.glob("*.clicks"))) == 1


def test_a_beat_keeps_numbers_in_stock_and_takes_in_what_was_clicked(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    assert opened.door.journal
    assert opened.door.tick(opened.door.journal, at=NOW) == 1
    # A hundred were drawn when there was none, and two hundred with less than a hundred left
    assert len(opened.door._ids) == 299
    for _click in range(50):
        opened.open("/s/abc")
    assert opened.door.tick(opened.door.journal, at=NOW) == 50
    assert len(opened.door._ids) == 249
    numbers = [number for number, _ in opened.door._ids]
    assert len(set(numbers) | set(Visit.objects.values_list("pk", flat=True))) == 249 + 51
