"""Bars are for people who sit at a terminal: a pipe gets none."""

import io
import sys

import pytest

from foundation.terminal import bars
from foundation.terminal.bars import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "BEFORE_SHOWN_SECONDS", 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def written_by(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, *told: tuple[int, ...]) -> str:
    """What standard error gets from work of at most 8 orders that tells how far it is; () is a failure."""
    monkeypatch.setattr(sys, "stderr", stderr)  # in the test, since pytest has a stderr of its own for fixtures
    with progress_bar("orders [bold] 订单", total=None if told[0][1:] else 8) as bar:
        for done in told:
            bar(*done)
    return stderr.getvalue()


def test_a_terminal_sees_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written = written_by(monkeypatch, Terminal(), (2,), (8,))
    assert "orders [bold] 订单" in written
    assert "8/8" in written


def test_work_that_finds_out_how_much_it_is_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "3/3" in written_by(monkeypatch, Terminal(), (1, 3), (3, 3))


def test_a_bar_ends_with_work_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    with pytest.raises(TypeError):
        written_by(monkeypatch, terminal, (2,), ())
    assert "2/8" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[?25h")  # the cursor is back


def test_short_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "BEFORE_SHOWN_SECONDS", 3600)
    assert written_by(monkeypatch, Terminal(), (8,)) == ""


@pytest.mark.parametrize("forced", ["FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"])
def test_a_pipe_gets_no_bar_even_when_colours_are_forced(monkeypatch: pytest.MonkeyPatch, forced: str) -> None:
    monkeypatch.setenv(forced, "1")
    assert written_by(monkeypatch, io.StringIO(), (8,)) == ""
