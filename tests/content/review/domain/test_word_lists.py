from datetime import date

import pytest

from content.review.domain.word_lists import Said, read_lists, shipped_lists
from foundation.files.faults import BadFile

GOOD = """
category: absolute
source: 广告法第九条
checked_on: "2026-11-29"
groups:
  - reason: {en: Too much., zh-Hans: 绝对化。}
    suggestion: {en: Say less., zh-Hans: 少说。}
    words: [最好, 第一]
    unless_after: [次]
"""


def refused(text: str) -> list[str]:
    with pytest.raises(BadFile) as error:
        read_lists({"list.yaml": text})
    return error.value.messages()


def test_the_shipped_lists_are_good_and_have_several_hundred_words() -> None:
    lists = shipped_lists().lists
    assert sum(len(group.words) for words in lists for group in words.groups) > 1000
    assert {words.category for words in lists} == {
        "absolute", "medical", "scarcity", "guarantee", "superstition", "privilege", "diversion",
    }  # fmt: skip
    assert all(words.checked_on >= date(2026, 11, 1) for words in lists)


def test_rules_of_platforms_apply_to_them_alone() -> None:
    def categories(channel: str) -> set[str]:
        return {words.category for words in shipped_lists().of_channel(channel)}

    assert "diversion" in categories("xiaohongshu")
    assert "diversion" in categories("douyin")
    assert "diversion" not in categories("moments")
    assert categories("any") == categories("xiaohongshu") - {"diversion"}


def test_a_reason_is_told_in_both_languages() -> None:
    said = Said("Leave it out.", "删去。")
    assert said.told_in("en") == "Leave it out."
    assert said.told_in("zh-hans") == "删去。"
    assert said.told_in("zh-Hans") == "删去。"


def test_a_good_list_is_read() -> None:
    (words,) = read_lists({"list.yaml": GOOD}).lists
    assert words.groups[0].words == ["最好", "第一"]
    assert words.checked_on == date(2026, 11, 29)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("category: absolute", "category: odd", "list.yaml:2: Invalid enum value 'odd' (category, odd)"),
        ("category: absolute", "category: price", "list.yaml:2: is found by its own rule, not by words (category, price)"),
        ("source: 广告法第九条", "source: ' '", "list.yaml:3: is empty: a law or a rule is the source (source,  )"),
        ('"2026-11-29"', "soon", "list.yaml:4: Invalid RFC3339 encoded date"),
        ("words: [最好, 第一]", "words: []", "list.yaml:8: is empty (groups.0.words, )"),
        ("words: [最好, 第一]", "words: [最好, 最 好]", "list.yaml:8: is the same word as 最好 (groups.0.words.1, 最 好)"),
        ("words: [最好, 第一]", "words: [最]", "list.yaml:8: is one character: it would be found everywhere (groups.0.words.0, 最)"),
        ("words: [最好, 第一]", "words: ['!!']", "list.yaml:8: has no letter and no digit (groups.0.words.0, !!)"),
        ("words: [最好, 第一]", f"words: [{'好' * 41}]", f"list.yaml:8: is longer than 40 characters (groups.0.words.0, {'好' * 41})"),
        ("unless_after: [次]", "unless_after: ['，']", "list.yaml:9: has no letter and no digit (groups.0.unless_after.0, ，)"),
        ("unless_after: [次]", "unless_behind: [次]", "list.yaml:9: is an unknown key (groups.0.unless_behind, )"),
        ("Say less.", "' '", "list.yaml:7: is empty (groups.0.suggestion, )"),
        ("checked_on", "channels: [tv]\nchecked_on", "list.yaml:4: Invalid enum value 'tv' (channels.0, tv)"),
    ],
)  # fmt: skip
def test_a_bad_list_is_refused_at_its_line(before: str, after: str, message: str) -> None:
    assert before in GOOD
    (first, *_) = refused(GOOD.replace(before, after))
    assert first.startswith(message)


def test_a_list_without_words_is_refused() -> None:
    head, _, _ = GOOD.partition("groups:")
    assert refused(head + "groups: []") == ["list.yaml:5: is empty (groups, )"]
