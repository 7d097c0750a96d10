"""What may become of a submission."""

import pytest

from content.kits.domain.templates import faults, rendered
from content.submissions.domain import MOVES, OPEN, as_written, language_of


def test_what_was_decided_becomes_nothing_else() -> None:
    assert {state for state, after in MOVES.items() if after} == set(OPEN)
    assert {state for after in MOVES.values() for state in after} == set(MOVES)
    assert [state for state, after in MOVES.items() if "approved" in after] == ["in_review"]


@pytest.mark.parametrize("text", ["很润", "{name}", "{{", "a } b {", "{link|x}}"])
def test_a_text_is_said_as_it_was_written(text: str) -> None:
    assert list(faults(as_written(text), has_product=False)) == []
    assert rendered(as_written(text), {"name": "小林", "link": "x"}) == text


@pytest.mark.parametrize(
    ("text", "language"), [("很润", "zh-hans"), ("love it 很", "zh-hans"), ("love it", "en"), ("", "en")]
)
def test_one_chinese_character_makes_a_text_chinese(text: str, language: str) -> None:
    assert language_of(text) == language
