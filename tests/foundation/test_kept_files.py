"""Files that are made again when they are gone: whole or not there, and never too many or too old."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.storage.kept_files import KeptFiles

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> KeptFiles:
    settings.VAR_DIR = tmp_path
    return KeptFiles("kept", most_bytes=1000, at_most=timedelta(hours=23))


def files(kept: KeptFiles) -> list[Path]:
    return sorted(path for path in kept.place.rglob("*") if path.is_file())


def written(kept: KeptFiles, name: str, *, size: int = 100, ago: timedelta = timedelta()) -> None:
    kept.keep(name, b"x" * size)
    when = (NOW - ago).timestamp()
    os.utime(kept.place / name[:2] / name, (when, when))


def test_what_was_kept_is_read_and_nothing_else(kept: KeptFiles) -> None:
    assert kept.read("aa01") is None
    kept.keep("aa01", b"poster")
    assert kept.read("aa01") == b"poster"
    assert kept.read("aa02") is None
    assert [path.stat().st_mode & 0o077 for path in (kept.place, kept.place / "aa")] == [0, 0]


def test_a_reader_never_sees_a_part(kept: KeptFiles) -> None:
    content = os.urandom(2_000_000)

    def write(_time: int) -> None:
        kept.keep("aa01", content)

    def read(_time: int) -> bool:
        return kept.read("aa01") in (None, content)

    with ThreadPoolExecutor(6) as threads:
        writing = threads.map(write, range(12))
        assert all(threads.map(read, range(300)))
        assert list(writing) == [None] * 12
    assert [path.name for path in files(kept)] == ["aa01"]


def test_a_sweep_leaves_the_newest_that_there_is_room_for(kept: KeptFiles) -> None:
    for number in range(15):
        written(kept, f"{number:02}aa", ago=timedelta(minutes=number))
    assert kept.sweep(at=NOW) == 5
    assert [path.name for path in files(kept)] == [f"{number:02}aa" for number in range(10)]
    assert kept.sweep(at=NOW) == 0


def test_a_sweep_leaves_nothing_that_is_old_or_from_tomorrow(kept: KeptFiles) -> None:
    written(kept, "aa01", ago=timedelta(hours=22))
    written(kept, "bb01", ago=timedelta(hours=24))
    written(kept, "cc01.7-7.part", ago=timedelta(hours=24))
    written(kept, "dd01", ago=timedelta(days=-2))
    assert kept.sweep(at=NOW) == 3
    assert [path.name for path in files(kept)] == ["aa01"]


def test_a_folder_that_is_not_there_has_nothing_to_sweep(kept: KeptFiles) -> None:
    assert kept.sweep(at=NOW) == 0


def test_whoever_uses_it_sweeps_now_and_then(kept: KeptFiles) -> None:
    written(kept, "aa01", ago=timedelta(hours=24))
    kept.sweep_if_due(at=NOW)
    assert files(kept) == []
    written(kept, "aa01", size=10, ago=timedelta(hours=24))
    kept.sweep_if_due(at=NOW + timedelta(minutes=29))
    assert len(files(kept)) == 1
    kept.sweep_if_due(at=NOW + timedelta(minutes=30))
    assert files(kept) == []


def test_it_never_holds_much_more_than_it_may(kept: KeptFiles) -> None:
    most = 0
    for number in range(200):
        kept.keep(f"{number:04}", b"x" * 20)
        kept.sweep_if_due(at=datetime.now(UTC))
        most = max(most, sum(path.stat().st_size for path in files(kept)))
    assert 900 <= most <= 1000 + 1000 // 16 + 20


def test_a_disk_that_keeps_nothing_is_no_failure(
    kept: KeptFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kept").write_text("no folder")
    kept.keep("aa01", b"poster")
    assert "is not kept" in caplog.text
    assert kept.read("aa01") is None
