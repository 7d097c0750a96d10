"""JSON that is written at once is the framework's, byte for byte."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.fields import DateTimeField
from rest_framework.renderers import JSONRenderer

from foundation.http.answers import json_answer, json_bytes, shown_moment

TEXTS = st.text(max_size=8) | st.sampled_from(["\u2028", "a\u2029b", '\x7f\x00\x1f\\/"', "🌸𠮷"])
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
VALUES = st.dictionaries(TEXTS, PLAIN | st.lists(PLAIN, max_size=3), max_size=4)


@settings(deadline=None)
@given(VALUES)
def test_values_are_written_as_the_framework_writes_them(value: Any) -> None:
    assert json_bytes(value) == JSONRenderer().render(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_are_written_as_the_framework_writes_them(moment: datetime) -> None:
    shown = DateTimeField(default_timezone=UTC).to_representation(moment)
    assert shown_moment(moment) == shown
    assert json_bytes(moment) == JSONRenderer().render(shown)


def test_an_answer_is_json() -> None:
    answer = json_answer({"次": 1})
    assert (answer.content, answer.headers["Content-Type"]) == ('{"次":1}'.encode(), "application/json")
