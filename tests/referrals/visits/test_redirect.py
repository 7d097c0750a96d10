"""The door in front of Django: what it answers from memory, what it leaves to Django, and what it keeps."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from content.kits.models import Kit
from foundation.http.addresses import address_behind
from referrals.propagation.models import PendingAggregate
from referrals.shares.models import Share
from referrals.visits.api import redirect as doors
from referrals.visits.api.redirect import FastRedirect
from referrals.visits.domain.readers import key_of_day, source
from referrals.visits.models import Visit
from referrals.visits.services.journal import JournalFile, ingest_abandoned, ingest_all
from tests.support.clients import BROWSER
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_share

pytestmark = pytest.mark.django_db
META = {"REQUEST_METHOD": "GET", "HTTP_HOST": "testserver", "HTTP_USER_AGENT": BROWSER, "REMOTE_ADDR": "192.0.2.7"}


class Opened:
    """A door over an empty folder, with a Django behind it that only says that it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, 0
        self.door = FastRedirect(self.django, folder=folder, beats=False)

    def django(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked += 1
        start_response("200 OK", [("From", "Django")])
        return [b""]

    def open(self, path: str, **meta: str) -> dict[str, str]:
        """The headers of the answer."""
        found: dict[str, str] = {}
        self.door(META | {"PATH_INFO": path} | meta, lambda _, headers: found.update(headers))
        return found

    def ingest(self) -> int:
        assert self.door.journal
        return self.door.journal.ingest()


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path / "clicks")


@pytest.fixture
def share() -> Share:
    brand = make_brand()
    return make_share(make_koc(brand), make_kit(brand, product=make_product(brand)), code="abc")


def kinds() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("uncounted", flat=True))


def test_the_answer_names_the_row_that_is_not_there_yet(opened: Opened, share: Share) -> None:
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


def test_the_door_and_the_view_say_the_same(opened: Opened, share: Share) -> None:
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
        ("/s/abc", {"HTTP_HOST": "evil.example"}),
        ("/s/abc", {"HTTP_HOST": ""}),
    ],
)
def test_what_is_not_plain_is_left_to_django(
    opened: Opened, share: Share, path: str, meta: dict[str, str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    assert opened.open(path, **meta) == {"From": "Django"}
    assert (opened.asked, opened.ingest()) == (1, 0)


def test_robots_are_sent_on_and_kept_apart(opened: Opened, share: Share) -> None:
    assert opened.open("/s/abc", HTTP_USER_AGENT="Googlebot/2.1")["Location"].startswith(
        "https://shop.example/p/S1?grove_click=clk_"
    )
    opened.ingest()
    assert kinds() == ["robot"]


def test_a_visitor_counts_once_an_hour_in_one_batch_and_across_batches(opened: Opened, share: Share) -> None:
    cookie = opened.open("/s/abc")["Set-Cookie"].partition(";")[0]
    opened.open("/s/abc", HTTP_COOKIE=cookie)
    opened.open("/s/abc")
    opened.ingest()
    opened.open("/s/abc", HTTP_COOKIE=cookie)
    opened.ingest()
    assert kinds() == ["", "repeat", "", "repeat"]


def test_who_says_no_gets_no_cookie_and_is_nobody_again(opened: Opened, share: Share) -> None:
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


def test_an_ended_kit_is_seen_within_a_minute(opened: Opened, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(doors.time, "monotonic", lambda: now[0])
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/p/S1?")
    Kit.objects.update(status="ended")
    now[0] += 61
    assert opened.open("/s/abc")["Location"].startswith("https://shop.example/?grove_click=clk_")


def test_links_that_are_known_work_while_the_database_is_away(
    opened: Opened, share: Share, monkeypatch: pytest.MonkeyPatch
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


def test_a_known_link_asks_the_database_nothing(opened: Opened, share: Share, django_assert_num_queries: Any) -> None:
    opened.open("/s/abc")
    with django_assert_num_queries(0):
        opened.open("/s/abc")


def test_in_production_the_door_speaks_https_only(tmp_path: Path, share: Share, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS, settings.NUM_PROXIES = True, 31_536_000, 1
    opened = Opened(tmp_path / "clicks")
    assert opened.open("/s/abc") == {"From": "Django"}
    headers = opened.open("/s/abc", HTTP_X_FORWARDED_PROTO="https")
    assert headers["Set-Cookie"].endswith("; SameSite=Lax; Secure")
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert opened.ingest() == 1
    assert Visit.objects.get().source == ""  # the proxy did not say whose click it is


def test_a_fork_shares_neither_journal_nor_numbers(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    child = os.fork()
    if not child:
        os._exit(0 if opened.door.journal is None and not opened.door._ids else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert opened.ingest() == 1


def test_a_number_is_given_to_one_thread_only(opened: Opened, share: Share) -> None:
    """Even when others take all that was just drawn."""
    drawn: list[int] = []

    def draw(many: int) -> None:
        drawn.append(many)
        opened.door._ids.extend([] if len(drawn) == 1 else [(1, "clk_1")])

    opened.door.begin()
    opened.door._draw = draw  # type: ignore[method-assign]
    assert opened.door._next_id() == (1, "clk_1")
    assert drawn == [100, 200]


def test_staff_see_what_was_not_counted(opened: Opened, share: Share, settings: Any, admin_client: Client) -> None:
    settings.FLOOD_CLICKS = 1
    for _click in range(3):
        opened.open("/s/abc")
    opened.ingest()
    page = admin_client.get(f"/admin/referrals/share/{share.pk}/change/").content.decode()
    assert "flood of one source 异常流量" in page
    listed = admin_client.get("/admin/referrals/visit/?uncounted__exact=flood")
    assert listed.context["cl"].result_count == 2


# --- the journal
# -------------------------------------------------------------------------------------------------------


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.clicks")))


def rows() -> list[tuple[Any, ...]]:
    return list(Visit.objects.order_by("pk").values_list("pk", "share", "visitor", "visited_at", "source", "uncounted"))


def test_a_journal_taken_in_twice_is_the_same_rows(opened: Opened, share: Share) -> None:
    cookie = opened.open("/s/abc")["Set-Cookie"].partition(";")[0]
    for _click in range(3):
        opened.open("/s/abc", HTTP_COOKIE=cookie)
    again = written(opened.folder)
    assert opened.ingest() == 4
    kept = rows()
    (opened.folder / "0-1-0.clicks").write_bytes(again + again)
    assert ingest_abandoned(opened.folder) == 0
    assert rows() == kept
    assert not (opened.folder / "0-1-0.clicks").exists()


def test_a_living_journal_is_left_to_its_process_and_a_dead_one_taken_in(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    assert ingest_abandoned(opened.folder) == 0
    assert not Visit.objects.exists()
    opened.door.journal = None  # the process is gone, and the kernel let go of the lock
    assert ingest_abandoned(opened.folder) == 1
    assert list(opened.folder.iterdir()) == []
    assert ingest_abandoned(opened.folder) == 0


def test_all_of_this_machine_can_be_had_at_once_and_the_living_keep_theirs(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    assert ingest_all(opened.folder) == 1
    assert opened.ingest() == 0
    assert len(rows()) == 1


def test_what_was_cut_off_is_no_click_and_spoils_no_other(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    one = written(opened.folder)
    opened.ingest()
    kept = rows()
    PendingAggregate.objects.all().delete()
    Visit.objects.all().delete()
    (opened.folder / "0-1-0.clicks").write_bytes(b"\n77\tab" + one + b"\n78\tabc\tvvvv" + one[:-9])
    assert ingest_abandoned(opened.folder) == 1
    assert rows() == kept


def test_clicks_of_a_share_that_is_not_ours_are_left_out(opened: Opened, share: Share) -> None:
    """A journal of another installation in the folder, say: its codes are not ours."""
    opened.open("/s/abc")
    journal = written(opened.folder)
    (opened.folder / "0-1-0.clicks").write_bytes(journal.replace(b"\tabc\t", b"\txyz\t"))
    assert ingest_abandoned(opened.folder) == 0
    assert opened.ingest() == 1


class FullDisk(JournalFile):
    """A file that takes only the first bytes of what is written."""

    def write(self, line: Any) -> int:
        return super().write(bytes(line)[:9])


def test_a_click_that_the_disk_did_not_take_is_left_to_django(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    journal = opened.door.journal
    assert journal
    whole = journal._file
    journal._file = FullDisk(journal._path, "a")
    assert opened.open("/s/abc") == {"From": "Django"}
    journal._file = whole
    opened.open("/s/abc")
    assert opened.ingest() == 2


def test_the_file_may_change_while_a_click_is_written(
    opened: Opened, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between write and answer the file is taken in and removed: the click must be in the next one."""
    opened.open("/s/abc")
    journal = opened.door.journal
    assert journal

    class Late(JournalFile):
        def write(self, line: Any) -> int:
            opened.ingest()  # everything so far, and this file is gone
            return super().write(line)

    journal._file = Late(journal._path, "a")
    opened.open("/s/abc")
    assert journal.ingest() == 1
    assert len(rows()) == 2


def test_a_batch_over_a_change_of_hour_counts_a_visitor_once(share: Share, tmp_path: Path) -> None:
    start = int(datetime(2026, 3, 1, 2, 50, tzinfo=UTC).timestamp())
    minutes = [0, 20, 59, 60, 90, 121]
    lines = [f"{n}\tabc\t{'v' * 22}\t{(start + 60 * minute) * 1_000_000}\t\tf" for n, minute in enumerate(minutes, 1)]
    (tmp_path / "0-1-0.clicks").write_text("\n".join(["", *lines, ""]))
    assert ingest_abandoned(tmp_path) == 6
    assert kinds() == ["", "repeat", "repeat", "", "repeat", ""]


# --- floods and sources
# --------------------------------------------------------------------------------------------------


def test_what_one_source_sends_beyond_the_limit_is_a_flood(opened: Opened, share: Share, settings: Any) -> None:
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
        ingest_abandoned(tmp_path)
    assert kinds() == ["", "", "flood", "flood", "flood", ""]


def test_no_limit_and_no_source_are_no_flood(opened: Opened, share: Share, settings: Any) -> None:
    settings.FLOOD_CLICKS = 0
    for _click in range(5):
        opened.open("/s/abc")
    opened.ingest()
    settings.FLOOD_CLICKS = 1
    for _click in range(5):
        opened.open("/s/abc", REMOTE_ADDR="")
    opened.ingest()
    assert kinds() == [""] * 10


def test_no_address_is_written_anywhere(opened: Opened, share: Share) -> None:
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


def test_while_the_database_is_away_clicks_wait_in_two_files(
    opened: Opened, share: Share, monkeypatch: pytest.MonkeyPatch
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


def test_a_beat_keeps_numbers_in_stock_and_takes_in_what_was_clicked(opened: Opened, share: Share) -> None:
    opened.open("/s/abc")
    assert opened.door.journal
    assert opened.door.tick(opened.door.journal) == 1
    assert (
        len(opened.door._ids) == 299
    )  # a hundred were drawn when there was none, and two hundred with less than a hundred left
    for _click in range(50):
        opened.open("/s/abc")
    assert opened.door.tick(opened.door.journal) == 50
    assert len(opened.door._ids) == 249
    numbers = [number for number, _ in opened.door._ids]
    assert len(set(numbers) | set(Visit.objects.values_list("pk", flat=True))) == 249 + 51
