"""Texts with places for what is the sharer's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.kits.domain.templates import PLACEHOLDERS, faults, is_true_for, rendered, says_days

VALUES = {"name": "小美", "city": "杭州", "product": "精华", "price": "¥199", "link": "https://g.cn/s/a", "days": "28"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("我是{name}，在{city|这边}用了{days|好几}天", "我是小美，在杭州用了28天"),
        ("{product} 只要 {price}：{link}", "精华 只要 ¥199：https://g.cn/s/a"),
        ("{ name } {{name}} }}", "小美 {name} }"),
        ("100% {0} {name.__class__} {name!r} {} {", "100% {0} {name.__class__} {name!r} {} {"),
    ],
)
def test_each_place_gets_its_value_once(text: str, seen: str) -> None:
    assert rendered(text, VALUES) == seen


def test_who_has_no_value_reads_what_stands_there_then() -> None:
    assert rendered("在{city|这边}{days|}{name}", {}) == "在这边"


def test_a_value_is_not_read_again() -> None:
    assert rendered("{name} {city|x}", {"name": "{link}{{", "city": "{name}"}) == "{link}{{ {name}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{nmae}", "unknown placeholder {nmae}: known are {city}, {days}, {link}, {name}, {price}, {product}"),
        ("{0}", "unknown placeholder {0}"),
        ("{name.__class__}", "unknown placeholder {name.__class__}"),
        ("用了 { 天", "a brace stands alone at character 4: write {{ or }} for a brace"),
        ("{product}", "{product} needs a product, and this kit has none"),
        ("{days}", "{days} is not known of everybody: say what stands there then, as in {city|here}"),
        ("{days|30}", "{days|30} says a number of days for who has not used it: say it without one"),
        ("{days|３０多}", "{days|３０多} says a number of days"),
        ("{days|三十}", "{days|三十} says a number of days"),
        ("{city|" + "长" * 41 + "}", "{city|" + "长" * 34 + " says too much: at most 40 characters"),
    ],
)
def test_what_is_no_placeholder_is_refused(text: str, said: str) -> None:
    [fault] = faults(text, has_product=False)
    assert fault.startswith(said)


def test_what_is_known_is_accepted() -> None:
    text = "{{}} {name}{link}{product}{price}{city|here}{days|many}"
    assert list(faults(text, has_product=True)) == []


@pytest.mark.parametrize("otherwise", ["好几", "一段时间", "many"])
def test_who_has_not_used_it_says_no_number(otherwise: str) -> None:
    assert list(faults(f"用了{{days|{otherwise}}}", has_product=True)) == []


@pytest.mark.parametrize(
    ("text", "is_asked", "is_true"),
    [
        ("用了很久，{name}，{{days}}", False, True),
        ("用了{days|好几}天", True, True),
        ("用了{ days|好几}天", True, True),
        ("用了{days}天", True, False),
        ("用了{days|30}天", True, False),
        ("用了{days|好几}天，{days}天", True, False),
        ("用了{days x}天 {", False, True),
    ],
)
def test_days_that_nobody_counted_are_not_said(text: str, is_asked: bool, is_true: bool) -> None:
    assert (says_days(text), is_true_for(text, {}), is_true_for(text, {"days": "3"})) == (is_asked, is_true, True)


@given(st.text(alphabet="{}|名a n{city}|", max_size=60), st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text()))
def test_any_text_is_rendered_and_a_checked_one_keeps_no_place(text: str, values: dict[str, str]) -> None:
    assert isinstance(rendered(text, values), str)
    if not list(faults(text, has_product=True)):
        seen = rendered(text.replace("{{", "").replace("}}", ""), dict.fromkeys(PLACEHOLDERS, "x"))
        assert not any(f"{{{name}" in seen for name in PLACEHOLDERS)
