"""A plan on arrays of lines is number by number what the pure functions give for each line."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissions.planning.domain.choices import NONE, Choices, OrderTraits
from commissions.planning.domain.earnings import Columns, Lines, earned, fit
from commissions.planning.domain.earnings import largest_remainder as split
from commissions.planning.domain.trials import CUSTOMERS, Parts, Sums, Trial
from commissions.plans.domain.rates import BPS, CreditPart, Terms, shared_earnings
from commissions.plans.domain.rules import Circumstances, RuleTerms, winner
from foundation.money.allocation import largest_remainder

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
def plans(draw: st.DrawFn) -> list[RuleTerms]:
    found = []
    for position in range(draw(st.integers(0, 6))):
        is_fixed = draw(st.booleans())
        rule = RuleTerms(
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


def terms_for(rule: RuleTerms | None, line: Line) -> Terms:
    return Terms(
        *((rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor) if rule else (None, None, 0, None)),
        line.total_cap_bps,
    )


def by_hand(line: Line, terms: Terms) -> tuple[list[int], list[int], int, int]:
    """Both levels, and what cap and guard took, by the pure functions alone."""
    parts = [CreditPart(credit, multiplier, sponsor > 0) for _, sponsor, _, _, credit, multiplier in line.parts]
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


def tried(rules: Sequence[RuleTerms], blocks: Sequence[Parts]) -> Trial:
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
    rules: list[RuleTerms], sold: list[Line], chance: Any
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
    rule = RuleTerms(id=0, position=0, priority=0, rate_bps=10_000, override_bps=300)
    assert tried([rule], [parts]).by_rule[0] == [1, left, left * 3000 // 10_000, 0]


def test_the_worked_numbers_of_the_contract_come_out_of_arrays() -> None:
    """Base 9900 at 12.5 % × 1.1 with an override of 3 %; a third refunded; the total cap of 10000 at 25 % × 1.2 and 5 %."""
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
    rules: list[RuleTerms], product: tuple[str, str], tiers: frozenset[str], channels: frozenset[str], customer: str
) -> None:
    choices = Choices(rules)
    best = winner(rules, Circumstances(*product, tiers, channels, customer))
    assert choices.best(choices.of_product(*product), choices.of_order(OrderTraits(tiers, channels, customer))) == (
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
        RuleTerms(id=0, position=0, priority=1, skus=frozenset({"S1"}), customer="new", rate_bps=1000),
        RuleTerms(id=0, position=1, priority=0, rate_bps=500),
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
    above the other. Of 104 + 12 the cap of 100 leaves 42.3 and 57.7, so 42 and 58; the total cap of 11 % leaves room for
    all 12 and cuts 2."""
    parts = [(1, 7, 0, 0, 4000, 11_000), (10**9, 0, 1, 0, 6000, 10_000)]
    rule = RuleTerms(id=0, position=0, priority=0, rate_bps=1000, override_bps=300, cap_minor=100)
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


def test_an_amount_beyond_64_bits_is_cut_by_no_cap_that_nobody_set() -> None:
    line = Line(1, 0, 100, 100, 10_000, 3000, [(1, 0, 0, 0, 10_000, 10_000)])
    rule = RuleTerms(id=0, position=0, priority=0, fixed_minor=10**15, rate_bps=None, override_bps=0, cap_minor=None)
    trial = tried([rule], [parts_of([line])])
    assert (trial.capped.lines, trial.guarded.amount_minor) == (0, 10**19 - 30)
