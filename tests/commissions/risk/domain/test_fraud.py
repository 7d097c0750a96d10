"""Who buys from whom in a circle, by definition."""

import random

import networkx as nx
import pytest

from commissions.risk.domain.fraud import CLICK_FLOOD, KINDS, RING, Purchases, Ring, rings
from foundation.money.units import shown


def circle(*kocs: int, minor: int = 100) -> list[Purchases]:
    """Each buys once from the next, and the last from the first."""
    return [Purchases(buyer, seller, 1, minor) for buyer, seller in zip(kocs, [*kocs[1:], kocs[0]], strict=True)]


@pytest.mark.parametrize(("outside", "found"), [(100, [Ring((1, 2, 3), 3, 5000)]), (101, [])])
def test_a_circle_of_which_everybody_sells_half_inside_is_a_ring(outside: int, found: list[Ring]) -> None:
    """Each sold 100 inside; the third sold 100 or 101 to others."""
    assert rings(circle(1, 2, 3), {1: 100, 2: 150, 3: 100 + outside}, threshold_bps=5000, least_orders=3) == found


def test_a_chain_is_no_ring_nor_is_an_own_purchase_nor_one_of_too_few_orders() -> None:
    chain = [Purchases(1, 2, 5, 100), Purchases(2, 3, 5, 100), Purchases(3, 3, 5, 100)]
    assert rings(chain, {2: 100, 3: 200}, threshold_bps=5000, least_orders=1) == []
    assert rings(circle(1, 2), {1: 100, 2: 100}, threshold_bps=5000, least_orders=3) == []
    assert rings(circle(1, 2), {1: 100, 2: 100}, threshold_bps=5000, least_orders=2) == [Ring((1, 2), 2, 10_000)]


def test_a_dense_ring_inside_of_a_loose_circle_is_found_without_the_rest() -> None:
    """1 and 2 sell all to each other but a tenth; the big circle through them is a tenth of what the others sell."""
    bought = [*circle(1, 2, minor=900), *circle(2, 3, 4, 5), Purchases(6, 6, 1, 1)]
    sold = {1: 900, 2: 1000, 3: 1000, 4: 1000, 5: 1000}
    assert rings(bought, sold, threshold_bps=5000, least_orders=2) == [Ring((1, 2), 2, 9000)]


def test_of_two_rings_that_are_not_joined_both_are_found() -> None:
    bought = [*circle(4, 5, 6), *circle(1, 2), Purchases(1, 4, 1, 1)]
    sold = {1: 100, 2: 100, 4: 101, 5: 100, 6: 100}
    assert rings(bought, sold, threshold_bps=5000, least_orders=2) == [
        Ring((1, 2), 2, 10_000),
        Ring((4, 5, 6), 3, 9900),
    ]


def test_rings_of_random_trade_are_circles_of_which_everybody_sells_enough_inside_and_none_is_missed() -> None:
    """Against all subsets of six KOCs: whatever subset is a ring by definition lies within one that was found, and
    those that were found are rings."""
    draw = random.Random(4)
    seen = 0
    for _ in range(200):
        bought = [
            Purchases(a, b, 1, draw.randrange(1, 9))
            for a in range(6)
            for b in range(6)
            if a != b and draw.random() < 0.3
        ]
        sold = {koc: sum(one.minor for one in bought if one.seller == koc) + draw.randrange(0, 6) for koc in range(6)}

        def is_ring(members: frozenset[int], bought: list[Purchases] = bought, sold: dict[int, int] = sold) -> bool:
            inside = [one for one in bought if {one.buyer, one.seller} <= members]
            enough = all(2 * sum(one.minor for one in inside if one.seller == koc) >= sold[koc] for koc in members)
            return enough and nx.is_strongly_connected(nx.DiGraph([(one.buyer, one.seller) for one in inside]))

        found = [frozenset(ring.members) for ring in rings(bought, sold, threshold_bps=5000, least_orders=1)]
        assert all(is_ring(members) for members in found)
        subsets = [frozenset(koc for koc in range(6) if mask >> koc & 1) for mask in range(64)]
        by_definition = [
            members for members in subsets if len(members) > 1 and _trade_together(members, bought) and is_ring(members)
        ]
        assert all(any(members <= one for one in found) for members in by_definition)
        seen += len(by_definition)
    assert seen > 100


def _trade_together(members: frozenset[int], bought: list[Purchases]) -> bool:
    return {koc for one in bought if {one.buyer, one.seller} <= members for koc in (one.buyer, one.seller)} == members


def test_parts_are_shown_as_percent_and_counts_with_their_thousands() -> None:
    assert shown(1250, KINDS[RING].unit, "en") == "12.5%"
    assert shown(12_000, KINDS[CLICK_FLOOD].unit, "en") == "12,000"
    assert shown(5000, KINDS[CLICK_FLOOD].unit_beside, "en") == "50%"
