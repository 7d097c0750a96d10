from datetime import datetime

import pytest

from foundation.files.exported_cells import harmless, moment


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-1",
        "@sum",
        "\tx",
        "\rx",
        "\n=1",
        " =1",
        "\u3000@x",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\ufeff \u200b=1",
        "\xa0-1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["小林 =1", "\nx", " x", "A-1", "", "1=1", "（=1）"])
def test_other_text_stays(text: str) -> None:
    assert harmless(text) == text


def test_an_instant_is_written_in_utc_and_none_is_empty() -> None:
    assert moment(datetime.fromisoformat("2026-03-01T10:00:00.5+08:00")) == "2026-03-01T02:00:00.500000Z"
    assert moment(None) == ""
