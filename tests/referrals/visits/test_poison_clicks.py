"""One click that cannot be recorded is set aside; all others are kept, and the journal goes."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts.failures.models import FailedFact
from referrals.propagation.models import PendingAggregate
from referrals.shares.models import Share
from referrals.visits.models import Visit
from referrals.visits.services.journal import ingest_abandoned, ingest_all
from referrals.visits.services.visits import retry_clicks
from tests.support.database import cure, poison
from tests.support.factories import NOW, make_koc, make_share
from tests.support.processes.open_door import OpenDoor

pytestmark = pytest.mark.django_db
MANY = 7
MINUTE = timedelta(minutes=1)


def line(number: int, code: str = "abc") -> str:
    return f"{number}\t{code}\t{number:022}\t{int(NOW.timestamp())}000000\t0123456789abcdef\tf"


@pytest.fixture
def journal(share: Share, tmp_path: Path) -> Path:
    """Of a process that is gone: seven visitors."""
    path = tmp_path / "0-1-0.clicks"
    path.write_text("\n".join(["", *map(line, range(1, MANY + 1)), ""]))
    return path


def recorded() -> list[int]:
    return list(Visit.objects.order_by("pk").values_list("pk", flat=True))


def failures() -> list[tuple[str, int, int]]:
    return list(FailedFact.objects.order_by("fact").values_list("kind", "fact", "attempts"))


def test_one_click_that_raises_is_set_aside_and_all_others_are_recorded(journal: Path, share: Share) -> None:
    poison("referrals_visit", "NEW.id = 4")
    assert ingest_abandoned(journal.parent, at=NOW) == MANY - 1
    assert recorded() == [1, 2, 3, 5, 6, 7]
    assert set(Visit.objects.values_list("uncounted", flat=True)) == {""}
    assert not journal.exists()
    failed = FailedFact.objects.get()
    assert (failed.kind, failed.fact, failed.brand) == ("click", 4, share.brand)
    assert (failed.payload, failed.next_try_at) == (line(4), NOW + MINUTE)
    assert failed.error.startswith("IntegrityError at referrals/visits/services/visits.py:")


def test_a_click_that_failed_is_tried_again_after_pauses_that_grow_and_recorded_once(journal: Path) -> None:
    poison("referrals_visit", "NEW.id = 4")
    ingest_abandoned(journal.parent, at=NOW)
    assert retry_clicks(at=NOW + MINUTE - timedelta(seconds=1)) == 0
    assert failures() == [("click", 4, 1)]
    assert retry_clicks(at=NOW + MINUTE) == 0
    assert failures() == [("click", 4, 2)]
    cure("referrals_visit")
    assert retry_clicks(at=NOW + 4 * MINUTE) == 0
    assert retry_clicks(at=NOW + 5 * MINUTE) == 1
    assert (failures(), recorded()) == ([], [1, 2, 3, 4, 5, 6, 7])
    assert retry_clicks(at=NOW + 9 * MINUTE) == 0


def test_a_click_of_a_share_that_was_deleted_is_kept_until_the_share_is_there(journal: Path, share: Share) -> None:
    make_share(make_koc(share.brand, "other"), code="xyz")
    journal.write_text("\n".join(["", line(1, "xyz"), line(2), line(3, "xyz"), ""]))
    PendingAggregate.objects.all().delete()
    Share.objects.filter(code="abc").delete()
    assert ingest_abandoned(journal.parent, at=NOW) == 2
    assert (recorded(), failures()) == ([1, 3], [("click", 2, 1)])
    failed = FailedFact.objects.get()
    assert (failed.brand, failed.error.partition(" ")[0], failed.payload) == (None, "UnknownShare", line(2))
    make_share(make_koc(share.brand, "back"), code="abc")
    assert retry_clicks(at=NOW + MINUTE) == 1
    assert (recorded(), failures()) == ([1, 2, 3], [])


def test_a_click_is_kept_for_ninety_days_at_most(journal: Path) -> None:
    poison("referrals_visit", "NEW.id = 4")
    ingest_abandoned(journal.parent, at=NOW)
    retry_clicks(at=NOW + timedelta(days=90))
    assert failures() == [("click", 4, 2)]
    retry_clicks(at=NOW + timedelta(days=90, seconds=1))
    assert failures() == []


def test_lines_that_are_garbage_stop_no_other_and_go_with_the_file(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal.write_bytes(b"\n\xff\x00secret\n" + journal.read_bytes() + b"\n9\tabc\t\\.\n")
    assert ingest_abandoned(journal.parent, at=NOW) == MANY
    assert (failures(), journal.exists()) == ([], False)
    assert "2 lines of the journal 0-1-0.clicks are no clicks" in caplog.text
    assert "secret" not in caplog.text


def test_a_file_that_the_disk_does_not_give_stops_no_other(journal: Path, caplog: pytest.LogCaptureFixture) -> None:
    (journal.parent / "0-0-0.clicks").mkdir()
    assert ingest_abandoned(journal.parent, at=NOW) == MANY
    assert ingest_all(journal.parent, at=NOW) == 0
    assert "the journal 0-0-0.clicks could not be read" in caplog.text


def test_a_living_process_goes_on_without_a_file_that_somebody_removed(opened: OpenDoor, share: Share) -> None:
    opened.open("/s/abc")
    for path in opened.folder.glob("*.clicks"):
        path.unlink()
    opened.ingest()
    opened.open("/s/abc")
    assert opened.ingest() == 1
