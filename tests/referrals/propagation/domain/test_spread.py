"""What spreads, to whom, and what it hangs on: numbers that a person can check."""

from itertools import combinations
from math import e, isclose, sqrt

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from referrals.propagation.domain.curves import decentralisation, gini, k_factor, wilson
from referrals.propagation.domain.forecasts import Influence, forecast, influence
from referrals.propagation.domain.metrics import at_or_below, first_depths, removal_loss
from referrals.propagation.domain.seeds import Seed, choose_seeds
from referrals.tree.domain.forests import IntArray, grow, grown_on, parent_positions, positions_of


def ints(*numbers: int) -> IntArray:
    return np.array(numbers, dtype=np.int64)


def test_greedy_covers_five_although_six_exists() -> None:
    """So nobody calls it optimal."""
    covers = {1: set("abcd"), 2: set("abe"), 3: set("cdf")}
    assert choose_seeds(covers, 2) == [Seed(1, 4, 4), Seed(2, 1, 5)]
    assert len(covers[2] | covers[3]) == 6


def test_ties_go_to_the_lower_id_and_who_adds_nobody_is_not_chosen() -> None:
    assert choose_seeds({7: {"a", "b"}, 3: {"a", "b"}, 5: {"b"}}, 3) == [Seed(3, 2, 2)]
    assert choose_seeds({1: set()}, 1) == []
    assert choose_seeds({}, 3) == []
    assert choose_seeds({1: {"a"}}, 0) == []


@given(st.dictionaries(st.integers(0, 6), st.sets(st.integers(0, 9)), max_size=7), st.integers(1, 3))
def test_seeds_are_greedy_and_within_the_bound_of_the_best(covers: dict[int, set[int]], k: int) -> None:
    chosen = choose_seeds(covers, k)
    covered: set[int] = set()
    for seed in chosen:
        gains = {koc: len(people - covered) for koc, people in covers.items()}
        assert seed.adds == max(gains.values())
        assert seed.koc == min(koc for koc, gain in gains.items() if gain == seed.adds)
        covered |= covers[seed.koc]
        assert seed.covered == len(covered)
    best = max(
        (len(set().union(*(covers[koc] for koc in some))) for some in combinations(covers, min(k, len(covers)))),
        default=0,
    )
    assert len(covered) >= (1 - 1 / e) * best


def test_wilson_of_five_in_ten() -> None:
    """z = 1.96: (0.5 + 0.19208 ± 1.96 · √(0.025 + 0.09604/10)) / 1.38416 = 0.2366 … 0.7634."""
    found = wilson(5, 10)
    assert found
    assert [round(edge, 4) for edge in found] == [0.2366, 0.7634]


def test_wilson_stays_within_0_and_1() -> None:
    none, every = wilson(0, 10), wilson(10, 10)
    assert none
    assert every
    assert (none.low, every.high) == (0.0, 1.0)
    assert round(none.high, 4) == 0.2775  # z² / (n + z²)
    assert isclose(every.low, 1 - none.high)
    assert wilson(0, 0) is None


@given(st.integers(1, 1000), st.data())
def test_wilson_edges_are_where_the_score_test_turns(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    found = wilson(successes, trials, z=2.0)
    assert found
    for edge in found:
        assert isclose(abs(successes / trials - edge), 2 * sqrt(edge * (1 - edge) / trials), abs_tol=1e-9)


def test_gini_of_one_who_has_all_and_of_equals() -> None:
    assert gini([0, 0, 0, 10]) == 0.75
    assert gini([5, 5, 5, 5]) == 0.0
    assert gini([1, 3]) == 0.25
    assert gini([]) is None
    assert gini([0, 0]) is None


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_gini_is_half_the_relative_mean_difference(values: list[int]) -> None:
    n = len(values)
    expected = sum(abs(a - b) for a in values for b in values) / (2 * n * sum(values))
    found = gini(values)
    assert found is not None
    assert isclose(found, expected, abs_tol=1e-12)


def test_decentralisation_is_what_came_at_depth_two_or_deeper() -> None:
    assert decentralisation([1, 5, 3, 1]) == 0.4
    assert decentralisation([1, 9]) == 0.0
    assert decentralisation([]) is None


def test_k_of_forty_shares_by_ten_that_brought_eight() -> None:
    assert k_factor(active=10, sent=40, brought=8) == 0.8
    assert k_factor(active=0, sent=4, brought=1) is None
    assert k_factor(active=3, sent=0, brought=0) is None


def test_what_hangs_under_somebody_is_lost_with_them() -> None:
    """0 → 1 → 3 → 5, 0 → 2, 1 → 4; each node reaches one person, and the person of 5 is reached at 2 as well."""
    forest = grow(ints(-1, 0, 0, 1, 1, 3))
    marked = np.array([False, True, False, False, False, False])
    assert at_or_below(forest, marked).tolist() == [False, True, False, True, True, True]
    nodes, people = ints(0, 1, 2, 3, 4, 5, 2), ints(10, 11, 12, 13, 14, 15, 15)
    assert removal_loss(forest, marked, nodes, people) == 0.5  # 11, 13, 14 of six
    assert removal_loss(forest, marked, ints(), ints()) is None


def test_a_person_counts_where_they_were_first_reached() -> None:
    assert first_depths(ints(2, 1, 0, 2), ints(7, 7, 8, 9)).tolist() == [1, 1, 1]
    assert first_depths(ints(), ints()).tolist() == []


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40), st.data())
def test_below_is_what_networkx_calls_descendants(numbers: list[int], data: st.DataObject) -> None:
    parents = [number % (node + 1) - 1 for node, number in enumerate(numbers)]
    marks = data.draw(st.lists(st.booleans(), min_size=len(parents), max_size=len(parents)))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from((parent, node) for node, parent in enumerate(parents) if parent >= 0)
    expected = {node for node, mark in enumerate(marks) if mark} | {
        below for node, mark in enumerate(marks) if mark for below in nx.descendants(graph, node)
    }
    assert set(np.flatnonzero(at_or_below(grow(ints(*parents)), np.array(marks))).tolist()) == expected


def test_a_pair_is_as_likely_as_it_happened_and_one_in_twenty_before_anything_is_known() -> None:
    """KOC 0 shared in 10 cascades; 1 came through them in 5, 2 in 1: (5 + 1) / 30 and (1 + 1) / 30."""
    found = influence([(0, 1)] * 5 + [(0, 2)], [10, 5, 1])
    assert (found.source.tolist(), found.target.tolist()) == ([0, 0], [1, 2])
    assert found.probability.tolist() == [0.2, 2 / 30]
    assert influence([], []).kocs == 0


def certain(*pairs: tuple[int, int], kocs: int, probability: float = 1.0) -> Influence:
    return Influence(
        ints(*(pair[0] for pair in pairs)), ints(*(pair[1] for pair in pairs)), np.full(len(pairs), probability), kocs
    )


def test_what_is_certain_happens_in_every_run() -> None:
    found = forecast(certain((0, 1), (1, 2), (2, 0), (3, 4), kocs=5), [0], runs=20, seed=1)
    assert (found.mean, found.low, found.median, found.high, found.mean_depth) == (3.0, 3, 3, 3, 2.0)
    never = forecast(certain((0, 1), kocs=2, probability=0.0), [0], runs=20, seed=1)
    assert (never.mean, never.high, never.mean_depth) == (1.0, 1, 0.0)


def test_a_chain_of_halves_spreads_to_two_on_average() -> None:
    """Σ 1/2^d over eleven KOCs = 1.999; of 20,000 runs the mean stays within 0.05 (σ = 1.4, so five standard
    errors)."""
    chain = certain(*((n, n + 1) for n in range(10)), kocs=11, probability=0.5)
    found = forecast(chain, [0, 0], runs=20_000, seed=7)
    assert abs(found.mean - 1.999) < 0.05
    assert (found.low, found.median, found.high) == (1, 1, 5)
    assert forecast(chain, [0], runs=500, seed=3) == forecast(chain, [0], runs=500, seed=3)
    assert forecast(chain, [0], runs=500, seed=3) != forecast(chain, [0], runs=500, seed=4)


def test_trees_that_stand_on_others_have_their_roots_and_the_depths_below_them() -> None:
    """Node 30 stands at depth 3 of the tree of 7; 10 and 11 are a tree of their own."""
    ids = np.array([30, 10, 31, 11])
    forest = grow(parent_positions(ids, np.array([0, 0, 30, 10])))
    places = positions_of(np.array([30]), ids)
    roots, depths = grown_on(forest, ids, places, np.array([7]), np.array([3]))
    assert (places.tolist(), roots.tolist(), depths.tolist()) == ([0], [7, 10, 7, 10], [3, 0, 4, 1])
