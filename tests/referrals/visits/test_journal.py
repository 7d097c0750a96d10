"""The journal of clicks: every click becomes one row, whatever happens to its file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from referrals.propagation.models import PendingAggregate
from referrals.shares.models import Share
from referrals.visits.models import Visit
from referrals.visits.services.journal import JournalFile, ingest_abandoned, ingest_all
from tests.support.factories import NOW
from tests.support.processes.open_door import OpenDoor

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("uncounted", flat=True))


# --- the journal
# -------------------------------------------------------------------------------------------------------


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.clicks")))


def rows() -> list[tuple[Any, ...]]:
    return list(Visit.objects.order_by("pk").values_list("pk", "share", "visitor", "visited_at", "source", "uncounted"))


def test_a_journal_taken_in_twice_is_the_same_rows(opened: OpenDoor, share: Share) -> None:
    cookie = opened.open("/s/abc")["Set-Cookie"].partition(";")[0]
    for _click in range(3):
        opened.open("/s/abc", HTTP_COOKIE=cookie)
    again = written(opened.folder)
    assert opened.ingest() == 4
    kept = rows()
    (opened.folder / "0-1-0.clicks").write_bytes(again + again)
    assert ingest_abandoned(opened.folder, at=NOW) == 0
    assert rows() == kept
    assert not (opened.folder / "0-1-0.clicks").exists()


def test_a_living_journal_is_left_to_its_process_and_a_dead_one_taken_in(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    assert ingest_abandoned(opened.folder, at=NOW) == 0
    assert not Visit.objects.exists()
    opened.door.journal = None  # the process is gone, and the kernel let go of the lock
    assert ingest_abandoned(opened.folder, at=NOW) == 1
    assert list(opened.folder.iterdir()) == []
    assert ingest_abandoned(opened.folder, at=NOW) == 0


def test_all_of_this_machine_can_be_had_at_once_and_the_living_keep_theirs(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    assert ingest_all(opened.folder, at=NOW) == 1
    assert opened.ingest() == 0
    assert len(rows()) == 1


def test_what_was_cut_off_is_no_click_and_spoils_no_other(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    one = written(opened.folder)
    opened.ingest()
    kept = rows()
    PendingAggregate.objects.all().delete()
    Visit.objects.all().delete()
    (opened.folder / "0-1-0.clicks").write_bytes(b"\n77\tab" + one + b"\n78\tabc\tvvvv" + one[:-9])
    assert ingest_abandoned(opened.folder, at=NOW) == 1
    assert rows() == kept


class FullDisk(JournalFile):
    """A file that takes only the first bytes of what is written."""

    def write(self, line: Any) -> int:
        return super().write(bytes(line)[:9])


def test_a_click_that_the_disk_did_not_take_is_left_to_django(opened: OpenDoor, share: Share) -> None:
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
    opened: OpenDoor, share: Share, monkeypatch: pytest.MonkeyPatch
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
    assert journal.ingest(at=NOW) == 1
    assert len(rows()) == 2


def test_a_batch_over_a_change_of_hour_counts_a_visitor_once(share: Share, tmp_path: Path) -> None:
    start = int(datetime(2026, 3, 1, 2, 50, tzinfo=UTC).timestamp())
    minutes = [0, 20, 59, 60, 90, 121]
    lines = [f"{n}\tabc\t{'v' * 22}\t{(start + 60 * minute) * 1_000_000}\t\tf" for n, minute in enumerate(minutes, 1)]
    (tmp_path / "0-1-0.clicks").write_text("\n".join(["", *lines, ""]))
    assert ingest_abandoned(tmp_path, at=NOW) == 6
    assert kinds() == ["", "repeat", "repeat", "", "repeat", ""]
