"""A plan on arrays of lines is number by number what the pure functions give for each line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from commissions.planning.domain.choices import NONE, Choices, Seen
from commissions.planning.domain.drafts import read_draft
from commissions.planning.domain.earnings import Columns, Lines, earned, fit
from commissions.planning.domain.earnings import largest_remainder as split
from commissions.planning.domain.report import Backtest, Cost, Cut, OfKoc, OfRule, OfTier, Row, described, rows
from commissions.planning.domain.trials import CUSTOMERS, Parts, Sums, Trial
from commissions.planning.rendering.pictures import LOSS, backtest_picture, save_picture
from commissions.plans.domain.rates import BPS, Part, Terms, shared_earnings
from commissions.plans.domain.rules import Circumstances, Rule, winner
from foundation.files.faults import BadFile
from foundation.money.allocation import largest_remainder
from tests.support.paths import ROOT

NO_GUARD = 10**40
PRODUCTS = {11: ("S1", "skin"), 12: ("S2", "hair"), 70: ("S3", "")}
TIERS, CHANNELS = ["seed", "sprout", "tree"], ["", "moments", "douyin"]
TYPICAL = st.integers(0, 1_000_000)
AMOUNTS = st.one_of(TYPICAL, TYPICAL, st.integers(0, 10), st.integers(0, 10**15))


class Line(NamedTuple):
    product: int
    customer: int
    base_minor: int
    left_minor: int
    quantity: int
    total_cap_bps: int
    parts: list[tuple[int, int, int, int, int, int]]
    """(KOC, sponsor or 0, tier, channel, credit, multiplier)"""


@st.composite
def lines(draw: st.DrawFn) -> Line:
    base = draw(AMOUNTS)
    count = draw(st.integers(1, 4))
    credits = largest_remainder(BPS - count, draw(st.lists(st.integers(1, 100), min_size=count, max_size=count)))
    parts = [
        (
            draw(st.integers(1, 5)),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 2)),
            draw(st.integers(0, 2)),
            credit + 1,
            draw(st.sampled_from([0, 10_000, 11_000, 12_345, 1_000_000])),
        )
        for credit in credits
    ]
    return Line(
        product=draw(st.sampled_from(list(PRODUCTS))),
        customer=draw(st.integers(0, 2)),
        base_minor=base,
        left_minor=draw(st.one_of(st.just(base), st.integers(0, base))),
        quantity=draw(st.one_of(st.integers(0, 5), st.integers(0, 2**31 - 1))),
        total_cap_bps=draw(st.sampled_from([0, 1000, 3000, 10_000])),
        parts=parts,
    )


def some(*values: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


@st.composite
def plans(draw: st.DrawFn) -> list[Rule]:
    found = []
    for position in range(draw(st.integers(0, 6))):
        is_fixed = draw(st.booleans())
        rule = Rule(
            id=0,
            position=position,
            priority=draw(st.integers(-1, 1)),
            skus=draw(some("S1", "S2")),
            categories=draw(some("skin", "hair")),
            tiers=draw(some(*TIERS)),
            channels=draw(some(*CHANNELS[1:])),
            customer=draw(st.sampled_from(["", "", "new", "returning"])),
            rate_bps=None if is_fixed else draw(st.integers(0, 10_000)),
            fixed_minor=draw(AMOUNTS) if is_fixed else None,
            override_bps=draw(st.integers(0, 10_000)),
            cap_minor=draw(st.none() | AMOUNTS),
        )
        found.append(rule)
    return found


def terms_for(rule: Rule | None, line: Line) -> Terms:
    return Terms(
        *((rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor) if rule else (None, None, 0, None)),
        line.total_cap_bps,
    )


def by_hand(line: Line, terms: Terms) -> tuple[list[int], list[int], int, int]:
    """Both levels, and what cap and guard took, by the pure functions alone."""
    parts = [Part(credit, multiplier, sponsor > 0) for _, sponsor, _, _, credit, multiplier in line.parts]
    amounts = {"base_minor": line.base_minor, "left_minor": line.left_minor, "quantity": line.quantity}
    free = shared_earnings(terms._replace(cap_minor=None, total_cap_bps=NO_GUARD), parts, **amounts)
    capped = shared_earnings(terms._replace(total_cap_bps=NO_GUARD), parts, **amounts)
    paid = shared_earnings(terms, parts, **amounts)
    free_sum, capped_sum, paid_sum = (sum(firsts) + sum(seconds) for firsts, seconds in (free, capped, paid))
    return *paid, free_sum - capped_sum, capped_sum - paid_sum


def parts_of(sold: Sequence[Line]) -> Parts:
    rows_of = [
        (number, place, koc, sponsor, line.product, tier, channel, line.customer, credit, multiplier, line.total_cap_bps, *line[2:5])
        for number, line in enumerate(sold)
        for place, (koc, sponsor, tier, channel, credit, multiplier) in enumerate(line.parts)
    ]  # fmt: skip
    return Parts(*np.array(rows_of, dtype=np.int64).reshape(len(rows_of), len(Parts._fields)).T)


def tried(rules: Sequence[Rule], blocks: Sequence[Parts]) -> Trial:
    trial = Trial(rules, products=PRODUCTS, tiers=TIERS, channels=CHANNELS)
    for block in blocks:
        trial.add(block)
    trial.end()
    return trial


def circumstances(line: Line) -> Circumstances:
    tiers, channels = (
        frozenset(TIERS[part[2]] for part in line.parts),
        frozenset(CHANNELS[part[3]] for part in line.parts),
    )
    return Circumstances(*PRODUCTS[line.product], tiers, channels, CUSTOMERS[line.customer])


@settings(deadline=None)
@given(plans(), st.lists(lines(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_a_trial_comes_to_what_the_pure_functions_give_line_by_line(
    rules: list[Rule], sold: list[Line], chance: Any
) -> None:
    tiers, kocs, spoke, cuts = Counter[Any](), Counter[Any](), Counter[Any](), Counter[str]()
    for line in sold:
        rule = winner(rules, circumstances(line))
        place = rule.position if rule else NONE
        firsts, seconds, capped, guarded = by_hand(line, terms_for(rule, line))
        for (koc, sponsor, tier, _, _, _), first, second in zip(line.parts, firsts, seconds, strict=True):
            tiers += Counter({(tier, 0): 1, (tier, 1): first, (tier, 2): second})
            kocs += Counter({(koc, 0): 1, (koc, 1): first, (sponsor, 2): second})
        spoke += Counter(
            {(place, 0): 1, (place, 1): line.left_minor, (place, 2): sum(firsts), (place, 3): sum(seconds)}
        )
        cuts += Counter(
            {"capped lines": capped > 0, "capped": capped, "guarded lines": guarded > 0, "guarded": guarded}
        )
    parts = parts_of(sold)
    shuffled = list(range(len(parts.line)))
    chance.shuffle(shuffled)
    cut_at = chance.randrange(len(shuffled) + 1)

    trial = tried(
        rules, [parts.at(np.array(some_rows, dtype=np.int64)) for some_rows in (shuffled[:cut_at], shuffled[cut_at:])]
    )

    assert flat(trial.by_tier) == tiers
    assert flat(trial.by_koc) == kocs
    assert flat(trial.by_rule) == spoke
    found = {"capped lines": trial.capped.lines, "capped": trial.capped.amount_minor}
    found |= {"guarded lines": trial.guarded.lines, "guarded": trial.guarded.amount_minor}
    assert +Counter(found) == +cuts


def flat(sums: Sums) -> Counter[Any]:
    return +Counter({(key, place): amount for key, row in sums.by_key.items() for place, amount in enumerate(row)})


@pytest.mark.parametrize(
    ("multiplier_bps", "left", "is_inside"),
    [
        (10_000, 10**9, True),
        (1_000_000, 10**6, True),
        (10_000, 2**41, False),
        (1_000_000, 2 * 10**8, False),
        (1_000_000, 10**12, False),
    ],
)
def test_what_could_leave_64_bits_is_computed_in_pythons_own_integers(
    multiplier_bps: int, left: int, is_inside: bool
) -> None:
    line = Line(11, 0, left, left, 1, 3000, [(1, 2, 0, 0, 10_000, multiplier_bps)])
    parts = parts_of([line])
    numbers = (parts.base_minor, parts.left_minor, parts.quantity, parts.total_cap_bps)
    table = Lines(*numbers, parts.credit_bps[:, None], parts.multiplier_bps[:, None], parts.sponsor[:, None])
    assert fit(table, Columns(*(np.array([number]) for number in (10_000, -1, 300, 2**62)))).tolist() == [is_inside]
    rule = Rule(id=0, position=0, priority=0, rate_bps=10_000, override_bps=300)
    assert tried([rule], [parts]).by_rule[0] == [1, left, left * 3000 // 10_000, 0]


def test_the_worked_numbers_of_the_contract_come_out_of_arrays() -> None:
    """Base 9900 at 12.5 % × 1.1 with an override of 3 %; a third refunded; the guard of 10000 at 25 % × 1.2 and 5 %."""
    left = np.array([9900, 6600, 10_000])
    one = np.ones(3, dtype=np.int64)
    table = Lines(
        np.array([9900, 9900, 10_000]),
        left,
        one,
        3000 * one,
        10_000 * one[:, None],
        np.array([[11_000], [11_000], [12_000]]),
        one[:, None],
    )
    found = earned(table, Columns(np.array([1250, 1250, 2500]), -one, np.array([300, 300, 500]), 2**62 * one))
    assert found.firsts.ravel().tolist() == [1361, 908, 3000]
    assert found.seconds.ravel().tolist() == [297, 198, 0]
    assert found.capped_minor.tolist() == [0, 0, 0]
    assert found.guarded_minor.tolist() == [0, 0, 500]


@given(plans(), st.sampled_from(list(PRODUCTS.values())), some(*TIERS), some(*CHANNELS), st.sampled_from(CUSTOMERS))
def test_choices_are_the_winners(
    rules: list[Rule], product: tuple[str, str], tiers: frozenset[str], channels: frozenset[str], customer: str
) -> None:
    choices = Choices(rules)
    best = winner(rules, Circumstances(*product, tiers, channels, customer))
    assert choices.best(choices.of_product(*product), choices.of_order(Seen(tiers, channels, customer))) == (
        best.position if best else NONE
    )


def test_a_line_of_which_a_part_never_comes_is_not_passed_over_in_silence() -> None:
    line = Line(11, 0, 100, 100, 1, 3000, [(1, 0, 0, 0, 4000, 10_000), (2, 0, 0, 0, 6000, 10_000)])
    half = parts_of([line]).at(np.array([0]))
    with pytest.raises(AssertionError, match="line 0 has parts that do not sum to 10000"):
        tried([], [half])


def test_orders_that_look_alike_are_paid_alike_in_every_block() -> None:
    """10 % for new customers of S1, 5 % for the rest of the products: two blocks of one line of 1000 each, and one of a
    returning customer."""
    rules = [
        Rule(id=0, position=0, priority=1, skus=frozenset({"S1"}), customer="new", rate_bps=1000),
        Rule(id=0, position=1, priority=0, rate_bps=500),
    ]
    sold = [
        Line(product, customer, 1000, 1000, 1, 3000, [(1, 0, 0, 0, 10_000, 10_000)])
        for product, customer in ((11, 1), (12, 1), (11, 2))
    ]
    trial = tried(rules, [parts_of([line]) for line in sold])
    assert trial.by_koc[1] == [3, 100 + 50 + 50, 0]
    assert (trial.by_rule[0], trial.by_rule[1]) == ([1, 1000, 100, 0], [2, 2000, 100, 0])
    assert (trial.by_koc[2], trial.by_tier[1], trial.by_rule[NONE]) == ([0] * 3, [0] * 3, [0] * 4)


def test_the_parts_of_a_shared_line_may_come_in_two_blocks_and_stay_whole_numbers() -> None:
    """10 % of 1000 and 3 % for sponsors, credited 40 to 60: 40 × 1.1 and 60 at level 1; 12 to sponsor 7, and nobody
    above the other. Of 104 + 12 the cap of 100 leaves 42.3 and 57.7, so 42 and 58; the guard of 11 % leaves room for
    all 12 and cuts 2."""
    parts = [(1, 7, 0, 0, 4000, 11_000), (10**9, 0, 1, 0, 6000, 10_000)]
    rule = Rule(id=0, position=0, priority=0, rate_bps=1000, override_bps=300, cap_minor=100)
    line = parts_of([Line(11, 0, 1000, 1000, 1, 1100, parts)])
    trial = tried([rule], [line.at(np.array([1])), line.at(np.array([0]))])
    assert {key: repr(row) for key, row in trial.by_koc.by_key.items()} == {
        1: "[1, 42, 0]",
        10**9: "[1, 58, 0]",
        7: "[0, 0, 10]",
    }
    assert {key: repr(row) for key, row in trial.by_tier.by_key.items()} == {0: "[1, 42, 10]", 1: "[1, 58, 0]"}
    assert repr(trial.by_rule[0]) == "[1, 1000, 100, 10]"
    assert (trial.capped.lines, trial.capped.amount_minor, trial.guarded.lines, trial.guarded.amount_minor) == (
        1,
        4,
        1,
        2,
    )


def test_sums_do_not_overflow() -> None:
    sums = Sums(1)
    for _ in range(3):
        sums.add(np.array([7, 7]), np.array([2**61, 1]))
    sums.add(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    assert sums[7] == [3 * 2**61 + 3]
    assert sums[8] == [0]
    edge = Sums(1)
    edge.add(np.array([7, 7]), np.array([2**53, 1]))  # no float holds their sum
    assert edge[7] == [2**53 + 1]


def test_of_very_many_equal_parts_the_earliest_take_the_units() -> None:
    assert split(np.array([3]), np.ones((1, 40), dtype=np.int64)).tolist() == [[1, 1, 1, *[0] * 37]]


@given(
    st.lists(
        st.tuples(st.one_of(st.integers(-1, 5), st.integers(0, 10**9)), st.one_of(TYPICAL, st.integers(0, 2**55))),
        min_size=1,
    )
)
def test_sums_by_counting_and_by_sorting_are_the_same(entries: list[tuple[int, int]]) -> None:
    sums, expected = Sums(2), Counter[int]()
    for key, amount in entries:
        expected[key] += amount
    keys, amounts = (np.array(column) for column in zip(*entries, strict=True))
    sums.add(keys, np.ones(len(keys), dtype=np.int64), amounts)
    assert {key: amount for key, (_, amount) in sums.by_key.items()} == expected
    assert sum(count for count, _ in sums.by_key.values()) == len(entries)


WHOLE = """brand: {slug: lumi, name: Lumi, currency: CNY, landing_url: "https://shop.example/{sku}"}
tiers: [{key: gold, name: Gold}]
plans:
  - key: next
    starts_at: 2030-01-01T00:00:00Z
    rules: [{tiers: [gold], fixed_minor: 50}]
"""


def test_a_draft_is_rules_alone_or_the_one_plan_of_a_brand_file() -> None:
    assert read_draft("rules: [{rate_bps: 800}]", "p.yaml", tiers=[]) == ("draft", (Rule(0, 0, 0, rate_bps=800),))
    named = "key: next\nstarts_at: 2030-01-01T00:00:00Z\nends_at: null\nrules:\n- {rate_bps: 800, tiers: [seed]}\n- {priority: 2, fixed_minor: 5}\n"
    draft = read_draft(named, "p.yaml", tiers=["seed"])
    assert draft == ("next", (Rule(0, 0, 0, tiers=frozenset({"seed"}), rate_bps=800), Rule(0, 1, 2, fixed_minor=5)))
    every = "rules: [{skus: [S1], categories: [hair], tiers: [seed], channels: [moments], customer: new, rate_bps: 1, override_bps: 2, cap_minor: 3}]"
    looked_at: dict[str, Any] = {
        "skus": frozenset({"S1"}),
        "categories": frozenset({"hair"}),
        "tiers": frozenset({"seed"}),
        "channels": frozenset({"moments"}),
    }
    full = Rule(0, 0, 0, **looked_at, customer="new", rate_bps=1, override_bps=2, cap_minor=3)
    assert read_draft(every, "p.yaml", tiers=["seed"]).rules == (full,)
    assert read_draft(WHOLE, "p.yaml", tiers=["seed"]) == (
        "next",
        (Rule(0, 0, 0, tiers=frozenset({"gold"}), fixed_minor=50),),
    )


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("rules: [", ["p.yaml:1: is not YAML: did not find expected node content"]),
        ("- rate_bps: 800", ["p.yaml:1: Expected `object`, got `array`"]),
        ("key: next", ["p.yaml:1: is missing (rules, )"]),
        (
            "key: a b\nrules:\n- {rate_bps: 800}\n- {rate_bps: 10001, tier: seed}\n",
            [
                "p.yaml:1: Expected `str` matching regex '^[-a-zA-Z0-9_]+$' (key, a b)",
                "p.yaml:4: is an unknown key (rules.1.tier, seed)",
                "p.yaml:4: Expected `int` <= 10000 (rules.1.rate_bps, 10001)",
            ],
        ),
        (
            "rules:\n- {rate_bps: 800, fixed_minor: 5}\n- {priority: 1}\n- {rate_bps: 1, tiers: [gold, seed]}\n",
            [
                "p.yaml:2: pays either rate_bps or fixed_minor (rules.0.rate_bps, 800)",
                "p.yaml:3: pays either rate_bps or fixed_minor (rules.1.rate_bps, )",
                "p.yaml:4: unknown tier gold (rules.2.tiers, )",
            ],
        ),
        (
            WHOLE + "rules: [{rate_bps: 5}]\n",
            ["p.yaml:1: is an unknown key (brand, )", "p.yaml:2: is an unknown key (tiers, )", "p.yaml:4: is an unknown key (plans, )"],
        ),
        ("plans: [{rules: []}]", ["p.yaml:1: is missing (brand, )", "p.yaml:1: is missing (plans.0.key, )", "p.yaml:1: is missing (plans.0.starts_at, )"]),
        (WHOLE.split("plans:")[0], ["p.yaml:1: has 0 plans: a backtest takes a file with one (plans, )"]),
        (
            WHOLE + "  - {key: before, starts_at: 2029-01-01T00:00:00Z, ends_at: 2030-01-01T00:00:00Z}\n",
            ["p.yaml:4: has 2 plans: a backtest takes a file with one (plans, )"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_draft_is_named_with_its_line(text: str, faults: list[str]) -> None:
    with pytest.raises(BadFile) as refused:
        read_draft(text, "p.yaml", tiers=["seed"])
    assert refused.value.messages() == faults


def test_a_rule_is_described_in_one_line() -> None:
    assert described(Rule(0, 0, 0, rate_bps=1250), 2) == "12.5 %"
    full = Rule(
        0,
        0,
        0,
        frozenset({"S2", "S1"}),
        frozenset({"hair"}),
        frozenset({"seed"}),
        frozenset({"moments"}),
        "new",
        None,
        500,
        300,
        900,
    )
    assert (
        described(full, 2)
        == "5.00 a piece + 3 %, at most 9.00, for new customers; skus S1, S2; categories hair; tiers seed; channels moments"
    )


def found(*differences: int, gmv_minor: int = 100_000) -> Backtest:
    kocs = [
        OfKoc(f"k{place}", "", 1, Cost(100, 0), Cost(100 + difference, 0))
        for place, difference in enumerate(differences)
    ]
    kocs.sort(key=lambda koc: -koc.difference_minor)
    sums = Cost(sum(koc.actual.level1_minor for koc in kocs)), Cost(sum(koc.draft.level1_minor for koc in kocs))
    return Backtest(
        "lumi", "draft", "CNY", date(2026, 3, 1), date(2026, 4, 1), 3, 2, 1, 2, gmv_minor, 50_000, *sums, 7, Cut(1, 2), Cut(0, 0), [], [], kocs
    )  # fmt: skip


def test_who_gains_and_who_loses_stand_the_farthest_first() -> None:
    report = found(5, -10, 0, 30, -20)
    assert [koc.difference_minor for koc in report.gainers()] == [30, 5]
    assert [koc.difference_minor for koc in report.losers()] == [-20, -10]
    assert [koc.key for koc in report.gainers(1) + report.losers(1)] == ["k3", "k4"]
    assert report.difference_minor == 5


def test_a_share_of_the_gmv_is_rounded_half_up_and_none_of_nothing() -> None:
    assert found(5).share_bps(Cost(1361, 297)) == 166  # 165.8
    assert found(5).share_bps(Cost(5, 0)) == 1  # 0.5
    assert found(5, gmv_minor=0).share_bps(Cost(5, 0)) is None


def test_the_rows_of_the_file_have_one_cell_a_column() -> None:
    assert [row.part for row in rows(found(5, -5))] == ["total", "bonuses", "guard", "cap", "koc", "koc"]
    total, bonuses, guard, cap, first, second = rows(found(5, -4))
    assert total == Row("total", lines=2, gmv_minor=100_000, actual=Cost(200), draft=Cost(201))
    assert (bonuses, guard, cap) == (
        Row("bonuses", actual=Cost(7)),
        Row("guard", lines=1, cut_minor=2),
        Row("cap", lines=0, cut_minor=0),
    )
    assert (first, second) == (
        Row("koc", "k0", "", 1, actual=Cost(100), draft=Cost(105)),
        Row("koc", "k1", "", 1, actual=Cost(100), draft=Cost(96)),
    )
    tiers = [OfTier("gold", "Gold", 3, Cost(100, 20), Cost(90, 10))]
    rules = [OfRule(1, "10 %", 2, 900, Cost(90, 10)), OfRule(None, "no rule", 1, 50, Cost())]
    assert list(rows(replace(found(), tiers=tiers, rules=rules)))[4:] == [
        Row("tier", "gold", "Gold", 3, actual=Cost(100, 20), draft=Cost(90, 10)),
        Row("rule", "1", "10 %", 2, 900, draft=Cost(90, 10)),
        Row("rule", "", "no rule", 1, 50, draft=Cost()),
    ]
    assert list(Row("total", lines=1, gmv_minor=9, actual=Cost(1, 2), draft=Cost(4, 5)).amounts()) == [
        9,
        1,
        2,
        3,
        4,
        5,
        9,
        6,
        None,
    ]
    assert list(Row("cap", lines=1, cut_minor=2).amounts()) == [None] * 8 + [2]


def test_the_example_of_the_guide_is_a_draft() -> None:
    text = (ROOT / "docs" / "examples" / "autumn.yaml").read_text()
    assert [described(rule, 2) for rule in read_draft(text, "autumn.yaml", tiers=[]).rules] == [
        "15 %, at most 50.00, for new customers",
        "10 %",
    ]


def test_a_picture_names_tiers_as_people_wrote_them() -> None:
    tiers = [
        OfTier("seed", "种子 $\\frac$ 🌱", 1, Cost(100, 20), Cost(90, 10)),
        OfTier("gold", "Gold", 0, Cost(), Cost()),
    ]
    figure = backtest_picture(replace(found(5, -10, 0, *[1] * 200), tiers=tiers))
    by_tier, by_koc = figure.axes
    assert [label.get_text() for label in by_tier.get_xticklabels()] == ["种子 $\\frac$ □", "Gold"]
    assert (
        by_tier.get_title()
        == "by tier of who is credited\nactual 203.00 CNY (20.3 % of GMV) → draft 204.95 CNY (20.5 % of GMV)"
    )
    assert by_koc.get_title() == "n = 203 KOCs: 201 gain, 1 lose, 1 stay"
    bars = [bar for bar in by_koc.patches if isinstance(bar, Rectangle) and bar.get_height()]
    assert sum(bar.get_height() for bar in bars) == 202
    assert {bar.get_facecolor() for bar in bars if bar.get_x() < 0} == {to_rgba(LOSS)}


@pytest.mark.parametrize(("differences", "scale"), [([5, -10], "linear"), ([-10, *[1] * 200], "log")])
def test_a_bar_that_hides_the_others_is_drawn_on_a_scale_that_shows_them(differences: list[int], scale: str) -> None:
    _, by_koc = backtest_picture(found(*differences)).axes
    assert by_koc.get_yscale() == scale


def test_a_picture_of_nothing_is_drawn_too(tmp_path: Path) -> None:
    save_picture(found(gmv_minor=0), tmp_path / "none.png")
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG\r\n")
