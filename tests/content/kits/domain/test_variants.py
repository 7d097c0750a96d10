"""Several texts of one section: which of them a share says, and which of them sells best."""

from collections import Counter
from math import exp, lgamma, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.channels.domain.limits import ChannelLimits, PictureLimit, TextLimit
from content.kits.domain.posts import Head, longest_texts, post_faults, publication_faults, variant_faults
from content.kits.domain.texts import Text
from content.kits.domain.variants import (
    EXPLORED,
    Odds,
    Tried,
    alternatives,
    draw,
    every_variant,
    greatest_of_each,
    odds,
    one_of_each,
    winner,
)

A, B, C = (Text("usage", "any", text, name) for text, name in (("一", "A"), ("二二二", "B"), ("三三", "C")))
PLAIN = Text("value", "any", "值得")
OWN = [Text("usage", "moments", "朋友圈甲", "X"), Text("usage", "moments", "朋友圈乙乙", "Y")]
NAMES = {"any": "any", "moments": "Moments"}


def limits(**text: Any) -> ChannelLimits:
    return ChannelLimits(
        text=TextLimit(**text), pictures=PictureLimit(9, 1), source="s", checked_on="2026-01-01", confidence="code"
    )


def test_texts_of_one_kind_and_channel_with_variants_are_alternatives() -> None:
    assert alternatives([A, PLAIN, B, *OWN]) == {"usage:any": ["A", "B"], "usage:moments": ["X", "Y"]}
    assert alternatives([PLAIN]) == {}


def test_a_post_says_one_of_them_what_was_drawn_or_else_the_first() -> None:
    texts = [A, PLAIN, B, *OWN]
    assert one_of_each(texts, {"usage:any": "B", "usage:moments": "Y"}) == [PLAIN, B, OWN[1]]
    assert one_of_each(texts, {}) == [A, PLAIN, OWN[0]]
    assert one_of_each(texts, {"usage:any": "gone"}) == [A, PLAIN, OWN[0]]
    assert one_of_each([PLAIN], {"usage:any": "B"}) == [PLAIN]


def test_the_greatest_of_each_is_what_counts() -> None:
    assert greatest_of_each([A, PLAIN, B, C], len) == [PLAIN, B]


def test_every_variant_is_looked_at_once() -> None:
    assert every_variant([A, B, C, *OWN]) == [[A, OWN[0]], [B, OWN[1]], [C, OWN[1]]]
    assert every_variant([PLAIN]) == [[PLAIN]]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([A, B, PLAIN], []),
        ([PLAIN, Text("value", "any", "又一段")], []),
        ([A], ["any: variant A is alone: write another, or take its name away"]),
        ([A, B, Text("usage", "any", "又")], ["any: a text without a variant stands beside variants A, B: all have one, or none"]),
        ([A, A], ["any: of variants A, A two have the same name"]),
        ([Text("usage", "moments", "x", str(number)) for number in range(9)], ["Moments: too many variants: at most 8"]),
        ([PLAIN, Text("usage", "moments", "x", "B")], ["Moments: variant B is alone: write another, or take its name away"]),
    ],
)  # fmt: skip
def test_alternatives_are_a_choice_of_at_least_two_and_nothing_else(texts: list[Text], said: list[str]) -> None:
    assert list(variant_faults(texts, NAMES)) == said


def test_what_is_no_choice_is_not_published() -> None:
    found = publication_faults(["moments"], [A], [], {}, has_product=False, pictures=0, names=NAMES)
    assert list(found) == ["any: variant A is alone: write another, or take its name away"]


def test_all_that_keeps_texts_from_being_published_is_named_at_once() -> None:
    heads = [Head("any", "{nam}", ["#"])]
    found = publication_faults([], [Text("usage", "any", "{")], heads, {}, has_product=False, pictures=0, names=NAMES)
    assert [fault[:25] for fault in found] == [
        "no channel is chosen: say",
        "“{”: a brace stands alone",
        "“{nam}”: unknown placehol",
    ]
    few = {"moments": limits(most=10)}
    [empty, long] = publication_faults(
        ["any", "moments"], [OWN[0]._replace(variant="")], [], few, has_product=False, pictures=0, names=NAMES
    )
    assert (empty, long) == ("any: there is no text for it", "Moments, text: 76 characters are too long: at most 10")


def test_the_longest_alternative_must_fit() -> None:
    """The mark, a space and the link take 71 characters with the line before them."""
    assert not list(post_faults("moments", [A, B], [], limits(most=75), pictures=0))
    [(part, fault)] = post_faults("moments", [A, B], [], limits(most=73), pictures=0)
    assert (part, fault) == ("text", "75 characters are too long: at most 73")


def test_the_longest_by_characters_need_not_be_the_longest_by_bytes() -> None:
    narrow, wide = Text("usage", "any", "abcd", "A"), Text("usage", "any", "好好好", "B")
    assert longest_texts("moments", [narrow, wide], "characters") == [narrow]
    assert longest_texts("moments", [narrow, wide], "bytes") == [wide]
    [(_part, fault)] = post_faults("moments", [narrow, wide], [], limits(most=1_000, most_bytes=83), pictures=0)
    assert fault == "85 bytes are too long: at most 83"


def test_half_a_letter_decides_where_two_narrow_ones_count_as_one() -> None:
    three, four = Text("usage", "any", "abc", "A"), Text("usage", "any", "abcd", "B")
    assert longest_texts("moments", [three, four], "width") == [four]


def test_a_sign_that_a_channel_does_not_take_is_found_in_a_short_alternative_too() -> None:
    found = list(post_faults("moments", [Text("usage", "any", "短#", "A"), B], [], limits(most=200, letters=" \n:/."), pictures=0))  # fmt: skip
    assert [part for part, _fault in found] == ["text"]


def test_the_same_seed_draws_the_same_and_sections_are_drawn_apart() -> None:
    offered = {"usage:any": ["A", "B"], "value:any": ["A", "B"]}
    assert draw(offered, {}, seed="code:1") == draw(offered, {}, seed="code:1")
    drawn = Counter(tuple(draw(offered, {}, seed=f"{number}:1").values()) for number in range(2_000))
    assert set(drawn) == {(one, other) for one in "AB" for other in "AB"}
    assert all(400 < times < 600 for times in drawn.values())


def test_what_sells_is_said_more_and_no_variant_less_than_its_part_of_the_exploration() -> None:
    known = {"usage:any": {"A": Tried(5_000, 50), "B": Tried(5_000, 500), "C": Tried(5_000, 50)}}
    many = 20_000
    drawn = Counter(
        draw({"usage:any": ["A", "B", "C"]}, known, seed=str(number))["usage:any"] for number in range(many)
    )
    floor = EXPLORED / 3
    assert drawn["B"] / many == pytest.approx(1 - 2 * floor, abs=0.005)
    assert [drawn[name] / many for name in "AC"] == pytest.approx([floor, floor], abs=0.005)


def test_a_variant_that_nobody_knows_yet_is_tried() -> None:
    known = {"usage:any": {"A": Tried(1_000, 30)}}
    drawn = Counter(draw({"usage:any": ["A", "B"]}, known, seed=str(number))["usage:any"] for number in range(500))
    assert drawn["B"] > 400, "nothing is known of B: it may be far better"


def test_the_odds_of_two_equals_are_even_and_of_a_better_one_as_published() -> None:
    """Nothing known: any rate is as probable. P(B > A) is held against its sum over Beta functions (Evan Miller, Formulas
    for Bayesian A/B Testing)."""
    even = odds({"A": Tried(), "B": Tried()})
    assert [one.best for one in even] == pytest.approx([0.5, 0.5], abs=0.01)
    assert [one.rate for one in even] == [0, 0]
    assert [one.low for one in even] == pytest.approx([0.025, 0.025], abs=0.005)
    assert [one.high for one in even] == pytest.approx([0.975, 0.975], abs=0.005)
    _worse, better = odds({"A": Tried(1_000, 120), "B": Tried(1_000, 150)})
    assert better.best == pytest.approx(closed_form(121, 881, 151, 851), abs=0.004)
    assert better.drawn == pytest.approx(0.95 * better.best + 0.025)
    assert better.low < better.rate < better.high


def closed_form(a1: int, b1: int, a2: int, b2: int) -> float:
    """P(second > first), exactly."""

    def beta(a: float, b: float) -> float:
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    return sum(exp(beta(a1 + i, b1 + b2) - log(b2 + i) - beta(1 + i, b2) - beta(a1, b1)) for i in range(a2))


def test_a_winner_is_proposed_when_it_is_surely_the_best_and_each_was_tried_enough() -> None:
    sure = {"A": Tried(2_000, 20), "B": Tried(2_000, 80)}
    assert winner(odds(sure)) == "B"
    assert winner(odds(sure | {"A": Tried(199, 0)})) is None
    assert winner(odds(sure | {"A": Tried(200, 0)})) == "B"
    assert winner(odds({"A": Tried(2_000, 60), "B": Tried(2_000, 62)})) is None
    assert winner(odds({"A": Tried(2_000, 60)})) is None
    at = [Odds(name, 200, 1, 0.1, 0, 1, best, 0.5) for name, best in (("A", 0.95), ("B", 0.05))]
    assert winner(at) is None, "more than 95 %, not 95 %"


RESULTS = st.tuples(st.integers(0, 10**7), st.floats(0, 1)).map(lambda of: Tried(of[0], int(of[0] * of[1])))


@given(st.dictionaries(st.text(min_size=1, max_size=8), RESULTS, min_size=1, max_size=8))
def test_odds_are_probabilities_whatever_was_counted(known: dict[str, Tried]) -> None:
    found = odds(known)
    assert [one.variant for one in found] == list(known)
    assert sum(one.best for one in found) == pytest.approx(1)
    assert sum(one.drawn for one in found) == pytest.approx(1)
    assert all(0 <= one.low <= one.high <= 1 and one.drawn >= EXPLORED / len(known) for one in found)
    assert found == odds(known)
    assert winner(found) in {None, *known}


@given(st.dictionaries(st.text(min_size=1, max_size=8), RESULTS, min_size=1, max_size=8), st.text())
def test_a_draw_is_one_of_what_is_offered(known: dict[str, Tried], seed: str) -> None:
    offered = {"usage:any": list(known)}
    drawn = draw(offered, {"usage:any": known}, seed=seed)
    assert drawn["usage:any"] in known
    assert drawn == draw(offered, {"usage:any": known}, seed=seed)
