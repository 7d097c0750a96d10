"""Sentences that can be said in another language later are strings until then."""

import pytest

from foundation.files.faults import BadFile, Fault
from foundation.files.shape_faults import in_parts
from foundation.money.units import RATE
from foundation.texts.messages import Message, joined
from foundation.texts.sentences import decoded, encoded


def test_a_joined_text_is_of_texts_that_can_be_said_in_another_language() -> None:
    text = joined(" 100 % ", [Message("%(count)s plans", count=2), "and"])
    assert text == "2 plans 100 % and"
    assert text.parts["text0"].template == "%(count)s plans"


def test_parts_are_changed_at_every_depth() -> None:
    text = Message("%(file)s: %(fault)s", file="a\n", fault=Message("no %(sku)s", sku="s\n"))
    assert text.with_parts(str.strip) == "a: no s"
    assert Message("is empty").with_parts(str.upper) == "is empty"


def test_a_line_of_a_file_is_told_in_parts() -> None:
    [text] = BadFile("kocs\n.csv", [Fault(7, Message("is empty"), "koc", "x\ty")]).messages()
    assert text == "kocs\\n.csv:7: is empty (koc, x\\ty)"
    assert isinstance(text, Message)
    assert text.parts["fault"].parts["fault"].template == "is empty"


def test_a_message_that_is_very_long_is_cut() -> None:
    [text] = BadFile("a", [Fault(1, Message("unknown field %(field)s", field="x" * 900))]).messages()
    assert text == "a:1: unknown field " + "x" * 486 + "…"


@pytest.mark.parametrize(
    ("text", "template", "parts"),
    [
        ("Expected `int`, got `str`", "Expected %(expected)s, got %(found)s", {"expected": "`int`", "found": "`str`"}),
        ("Expected `int` >= 1", "Expected %(expected)s", {"expected": "`int` >= 1"}),
        (
            "Expected `str` of length <= 64",
            "Expected `%(kind)s` of length %(limit)s",
            {"kind": "str", "limit": "<= 64"},
        ),
        (
            "JSON is malformed: trailing characters (byte 20)",
            "JSON is malformed: %(why)s (byte %(byte)s)",
            {"why": "trailing characters", "byte": "20"},
        ),
        ("Number out of range", "Number out of range", {}),
    ],
)
def test_what_msgspec_says_has_its_parts_told_apart(text: str, template: str, parts: dict[str, str]) -> None:
    found = in_parts(text)
    assert isinstance(found, Message)
    assert (found, found.template, found.parts) == (text, template, parts)


def test_what_msgspec_says_in_a_new_way_stays_as_it_is() -> None:
    assert in_parts("A new fault") == "A new fault"
    assert not isinstance(in_parts("A new fault"), Message)


def test_a_message_that_a_row_keeps_is_given_back_with_its_parts() -> None:
    inner = Message("line %(line)s", line="L-1")
    kept = decoded(encoded(Message("no %(what)s in %(count)s “%%”", what=inner, count=3, who=RATE.name)))
    assert kept == "no line L-1 in 3 “%”"
    assert isinstance(kept, Message)
    assert (type(kept.parts["what"]), kept.parts["what"].parts, kept.parts["count"]) == (Message, {"line": "L-1"}, 3)


@pytest.mark.parametrize("text", ["", "as it was", '{"sentence": "no', '{"sentence": "%(a)s", "parts": 1}'])
def test_any_other_text_that_a_row_keeps_is_given_back_as_it_is(text: str) -> None:
    assert decoded(encoded(text)) == text
