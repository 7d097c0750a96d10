"""What `make run` does with processes that end."""

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from config import supervisor
from config.supervisor import Program, look_after, stop


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)


@pytest.fixture
def starts(tmp_path: Path) -> Callable[[], int]:
    """How often a program has started."""
    path = tmp_path / "starts"
    return lambda: len(path.read_text().splitlines()) if path.exists() else 0


def program(folder: Path, script: str) -> Program:
    (folder / "script").write_text(f"echo >> starts\n{script}\n")
    return Program("worker", "sh script", folder=folder, env=dict(os.environ))


def test_what_can_never_start_ends_the_others_and_says_so(
    tmp_path: Path, starts: Callable[[], int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert not look_after([program(tmp_path, "exit 3")], until=lambda: False)
    assert starts() == 5
    *again, last = capfd.readouterr().err.splitlines()
    assert again == [
        f"worker ended with status 3; it starts again in {pause} s." for pause in ("0.01", "0.02", "0.04", "0.08")
    ]
    assert last.startswith("worker ended 5 times, the last time with status 3, and never ran for 10 s.")


def test_what_was_well_is_started_again_however_often_it_ends(
    tmp_path: Path, starts: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "WELL_SECONDS", 0.0)
    mortal = program(tmp_path, "exit 3")
    assert look_after([mortal], until=lambda: mortal.was_well)
    monkeypatch.setattr(supervisor, "WELL_SECONDS", 1000.0)
    assert look_after([mortal], until=lambda: starts() >= 7)
    stop([mortal])


def test_what_a_process_left_behind_is_ended_before_it_starts_again(tmp_path: Path) -> None:
    """A web server's worker would else hold the port."""
    parent = program(tmp_path, "sleep 1000 & echo $! >> children\nwait")
    children = tmp_path / "children"
    assert look_after([parent], until=lambda: children.exists() and children.read_text().endswith("\n"))
    orphan = psutil.Process(int(children.read_text()))
    parent.process.kill()
    assert look_after([parent], until=lambda: len(children.read_text().splitlines()) == 2)
    assert psutil.wait_procs([orphan], timeout=10)[1] == []
    stop([parent])
    assert not psutil.pid_exists(parent.process.pid)
