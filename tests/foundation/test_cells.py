from datetime import datetime

import pytest

from foundation.files.exported_cells import harmless, moment


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert harmless(text) == "'" + text
    assert harmless("小林 =1") == "小林 =1"


def test_an_instant_is_written_in_utc_and_none_is_empty() -> None:
    assert moment(datetime.fromisoformat("2026-03-01T10:00:00.5+08:00")) == "2026-03-01T02:00:00.500000Z"
    assert moment(None) == ""
