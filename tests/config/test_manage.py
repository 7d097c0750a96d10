import sys

import pytest

import manage


def test_an_argument_that_is_not_utf_8_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "check_ledger", "--brand", "\udcc2\udcb6"])
    with pytest.raises(SystemExit) as ended:
        manage.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "not UTF-8: '\\udcc2\\udcb6'\n"
