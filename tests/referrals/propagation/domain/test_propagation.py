"""Metrics of cascades: what a person can check, closed forms, and arrays against networkx on random forests."""

import csv
import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from referrals.propagation.domain import curves, graphs
from referrals.propagation.domain.graphs import Graph, TreeEdge, cascade_graph
from referrals.propagation.domain.metrics import Cascades, distinct_per_tree, exact_sums, measure, time_to_depth
from referrals.propagation.rendering.charts import decay_picture, growth_picture
from referrals.propagation.rendering.pictures import cascade_picture, node_sizes
from referrals.tree.domain.faults import (
    Cycle,
    EarlierThanParent,
    MissingParent,
    NotOneCascade,
    ParentOfAnotherBrand,
    TwoParents,
)
from referrals.tree.domain.forests import MANY_LEVELS, grow, parent_positions
from tests.support.paths import DATA

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def measured(parents: list[int]) -> Cascades:
    return measure(grow(np.array(parents, dtype=np.int64)))


def graphed(parents: list[int]) -> Graph:
    return cascade_graph(TreeEdge(node, None if parent < 0 else parent) for node, parent in enumerate(parents))


def star(n: int) -> list[int]:
    return [-1] + [0] * (n - 1)


def chain(n: int) -> list[int]:
    return list(range(-1, n - 1))


def full(children: int, n: int) -> list[int]:
    return [-1] + [(node - 1) // children for node in range(1, n)]


REFERENCE = [
    (star(2), Fraction(1)),
    (star(10), Fraction(18, 10)),
    (star(100), Fraction(198, 100)),
    (chain(3), Fraction(4, 3)),
    (chain(10), Fraction(11, 3)),
    (chain(100), Fraction(101, 3)),
    (full(2, 7), Fraction(16, 7)),
    (full(2, 15), Fraction(368, 105)),
    (full(3, 13), Fraction(36, 13)),
    (full(3, 40), Fraction(567, 130)),
    ([-1, 0, 0, 1, 1, 3], Fraction(31, 15)),
]


@pytest.mark.parametrize(("parents", "virality"), REFERENCE)
def test_virality_is_the_known_fraction(parents: list[int], virality: Fraction) -> None:
    assert measured(parents).virality == [float(virality)]
    assert graphs.structural_virality(graphed(parents)) == float(virality)


def test_a_single_share_has_no_virality_and_no_depth() -> None:
    alone = measured([-1])
    assert alone.virality == [None]
    assert (alone.size.tolist(), alone.depth.tolist(), alone.max_breadth.tolist(), alone.breadth_by_depth(0)) == (
        [1],
        [0],
        [1],
        [1],
    )
    assert graphs.structural_virality(graphed([-1])) is None


@pytest.mark.skipif(not DATA.exists(), reason="the data does not ship with the product")
def test_closed_forms() -> None:
    heights = {"complete_binary_h1": 1, "complete_binary_h2": 2, "complete_binary_h3": 3, "complete_binary_h6": 6}
    with open(DATA / "cascades" / "closed_form.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 13
    for row in rows:
        n, shape = int(row["n"]), row["shape"]
        parents = chain(n) if shape == "chain" else full(2, n) if shape in heights else star(n)
        cascade = measured(parents)
        assert (cascade.depth.tolist(), cascade.max_breadth.tolist()) == (
            [int(row["depth"])],
            [int(row["max_breadth"])],
        )
        expected = float(row["structural_virality"]) if row["structural_virality"] else None
        assert cascade.virality == [pytest.approx(expected, rel=1e-11) if expected else None]


def test_virality_of_a_chain_of_a_million_is_exact() -> None:
    assert measured(chain(1_000_000)).virality == [1_000_001 / 3]


def test_breadths_depths_and_sizes_stand_per_tree() -> None:
    cascades = measured([3, -1, 1, 1, 0, -1])  # 1 → 2, 3; 3 → 0 → 4; and 5 alone
    assert cascades.roots.tolist() == [1, 5]
    assert cascades.size.tolist() == [5, 1]
    assert cascades.depth.tolist() == [3, 0]
    assert [cascades.breadth_by_depth(tree) for tree in (0, 1)] == [[1, 2, 1, 1], [1]]
    assert cascades.max_breadth.tolist() == [2, 1]


def test_no_node_is_no_cascade() -> None:
    nothing = measured([])
    assert len(nothing) == 0
    assert nothing.virality == []


def test_generations_1_3_6_3_reproduce_3_2_and_a_half() -> None:
    assert curves.reproduction([1, 3, 6, 3]) == [3.0, 2.0, 0.5]
    assert curves.reproduction([1]) == []


@pytest.mark.parametrize(
    ("breadth", "horizon"),
    [
        ([1], 0),
        ([1, 5], 1),
        ([1, 100, 50, 10, 9], 3),
        ([1, 100, 9, 10], 3),
        ([1, 3, 6, 3], 3),
        ([1, 20, 1], 1),
        ([1, 10, 1], 2),
    ],
)
def test_influence_ends_where_a_tenth_of_the_first_circle_is_left(breadth: list[int], horizon: int) -> None:
    assert curves.influence_horizon(breadth) == horizon


def test_coverage_of_nobody_is_unknown() -> None:
    assert curves.coverage(5, 0) is None
    assert curves.coverage(5, 50) == 0.1


def test_time_to_depth_is_the_first_arrival_minus_the_root() -> None:
    forest = grow(np.array([-1, 0, 0, 1, -1], dtype=np.int64))
    assert time_to_depth(forest, measure(forest), np.array([100, 160, 130, 200, 7], dtype=np.int64)).tolist() == [
        0,
        30,
        100,
        0,
    ]
    moments = [MONDAY + timedelta(seconds=after) for after in (100, 160, 130, 200)]
    graph = cascade_graph(
        TreeEdge(node, parent, at=at) for node, (parent, at) in enumerate(zip([None, 0, 0, 1], moments, strict=True))
    )
    assert graphs.time_to_depth(graph) == [0.0, 30.0, 100.0]


def test_one_person_counts_once_per_tree() -> None:
    trees, people = np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 7, 9])
    more = np.array([1, 1]), np.array([9, 3])
    assert distinct_per_tree([(trees, people), more], 3).tolist() == [2, 3, 0]
    graph = cascade_graph(
        [TreeEdge("a", person="ana"), TreeEdge("b", "a", person="ben"), TreeEdge("c", "a", person="ana")]
    )
    assert graphs.people(graph) == 2


def test_every_node_of_a_circle_is_named_and_no_other() -> None:
    with pytest.raises(Cycle) as refused:  # 1 → 2 → 3 → 1; 4 hangs under it, 0 is a tree of its own
        grow(np.array([-1, 3, 1, 2, 3], dtype=np.int64))
    assert refused.value.nodes == [1, 2, 3]
    assert str(refused.value) == "is its own ancestor: 1, 2, 3"
    with pytest.raises(Cycle) as refused:
        graphed([-1, 3, 1, 2, 3])
    assert sorted(refused.value.nodes) == [1, 2, 3]


def test_its_own_parent_is_a_circle() -> None:
    with pytest.raises(Cycle) as refused:
        grow(np.array([-1, 1], dtype=np.int64))
    assert refused.value.nodes == [1]


def test_a_missing_parent_is_refused_by_name() -> None:
    with pytest.raises(MissingParent) as refused:
        parent_positions(np.array([10, 20, 30]), np.array([0, 10, 99]))
    assert refused.value.nodes == [30]
    with pytest.raises(MissingParent, match="the parent does not exist: c"):
        cascade_graph([TreeEdge("a"), TreeEdge("b", "a"), TreeEdge("c", "x")])
    with pytest.raises(MissingParent):
        grow(np.array([-1, 2], dtype=np.int64))


def test_two_parents_are_refused_by_name() -> None:
    with pytest.raises(TwoParents) as refused:
        parent_positions(np.array([10, 20, 30, 30]), np.array([0, 10, 10, 20]))
    assert refused.value.nodes == [30]
    with pytest.raises(TwoParents, match="c"):
        cascade_graph([TreeEdge("a"), TreeEdge("b", "a"), TreeEdge("c", "a"), TreeEdge("c", "b")])


def test_a_child_earlier_than_its_parent_is_refused_by_name() -> None:
    with pytest.raises(EarlierThanParent, match="b"):
        cascade_graph([TreeEdge("a", at=MONDAY), TreeEdge("b", "a", at=MONDAY - timedelta(seconds=1))])


def test_a_parent_of_another_brand_is_refused_by_name() -> None:
    with pytest.raises(ParentOfAnotherBrand, match="b"):
        cascade_graph([TreeEdge("a", brand="lumi"), TreeEdge("b", "a", brand="nova")])


def test_metrics_of_one_cascade_are_not_given_for_two() -> None:
    with pytest.raises(NotOneCascade):
        graphs.depth(graphed([-1, -1]))


def test_a_long_list_of_bad_nodes_is_cut() -> None:
    assert str(MissingParent(range(23))).endswith("18, 19 … and 3 more")


@st.composite
def forests(draw: st.DrawFn) -> list[int]:
    """Any forest of up to 40 nodes, in any order of its nodes."""
    n = draw(st.integers(1, 40))
    parents = [draw(st.integers(-1, node - 1)) for node in range(n)]
    place = draw(st.permutations(range(n)))
    shuffled = [-1] * n
    for node, parent in enumerate(parents):
        shuffled[place[node]] = place[parent] if parent >= 0 else -1
    return shuffled


@settings(max_examples=150, deadline=None)
@given(forests())
def test_arrays_and_graphs_agree_with_networkx_by_brute_force(parents: list[int]) -> None:
    forest = grow(np.array(parents, dtype=np.int64))
    cascades = measure(forest)
    drawn = graphed(parents)
    trees = {graphs.root_of(tree): tree for tree in map(drawn.subgraph, nx.weakly_connected_components(drawn))}
    assert sorted(trees) == cascades.roots.tolist()
    for number, root in enumerate(cascades.roots.tolist()):
        tree = trees[root]
        bare: Graph = nx.DiGraph(tree.edges)
        bare.add_node(root)
        depths = nx.single_source_shortest_path_length(bare, root)
        counts = [list(depths.values()).count(depth) for depth in range(max(depths.values()) + 1)]
        assert cascades.breadth_by_depth(number) == graphs.breadth_by_depth(tree) == counts
        assert cascades.size[number] == len(tree) == len(bare)
        assert cascades.depth[number] == graphs.depth(tree) == len(counts) - 1
        assert cascades.max_breadth[number] == graphs.max_breadth(tree) == max(counts)
        mean = nx.average_shortest_path_length(bare.to_undirected()) if len(bare) > 1 else None
        assert (
            cascades.virality[number]
            == graphs.structural_virality(tree)
            == (pytest.approx(mean, rel=1e-12) if mean else None)
        )
        for node in bare:
            assert forest.root[node] == tree.nodes[node]["root"] == root
            assert forest.depth[node] == tree.nodes[node]["depth"] == depths[node]
            assert forest.size[node] == tree.nodes[node]["size"] == len(nx.descendants(bare, node)) + 1


@settings(max_examples=100, deadline=None)
@given(forests())
def test_virality_lies_between_the_star_and_the_chain_of_the_same_size(parents: list[int]) -> None:
    cascades = measured(parents)
    for n, virality in zip(cascades.size.tolist(), cascades.virality, strict=True):
        if virality is not None:
            assert 2 * (n - 1) / n - 1e-12 <= virality <= (n + 1) / 3 + 1e-12


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(-1, 11), min_size=1, max_size=12))
def test_any_parents_are_a_forest_or_refused_with_exactly_their_circles(parents: list[int]) -> None:
    parents = [parent if parent < len(parents) else -1 for parent in parents]
    free = nx.DiGraph([(parent, node) for node, parent in enumerate(parents) if parent >= 0])
    circles = sorted(node for circle in nx.simple_cycles(free) for node in circle)
    if circles:
        with pytest.raises(Cycle) as refused:
            grow(np.array(parents, dtype=np.int64))
        assert refused.value.nodes == circles
    else:
        assert len(grow(np.array(parents, dtype=np.int64))) == len(parents)


def test_a_node_is_drawn_the_larger_the_more_people_opened_it_and_none_vanishes() -> None:
    cascade = cascade_graph([TreeEdge(0), TreeEdge(1, 0), TreeEdge(2, 0), TreeEdge(3, 1)])
    assert node_sizes(cascade, 10.0) == [40.0, 10.0, 10.0, 10.0]  # nothing is known of any; the root is larger by 30
    for node, reach in enumerate([0, 8, 4, 0]):
        cascade.nodes[node]["reach"] = reach
    assert node_sizes(cascade, 10.0) == [35.0, 65.0, 35.0, 5.0]


def test_sizes_by_level_and_by_doubling_are_the_same() -> None:
    """A chain as deep as is gone through level by level, one deeper than that, and a star beside each."""
    for deep in (MANY_LEVELS - 1, MANY_LEVELS):
        forest = grow(np.array([-1, *range(deep), -1, deep + 1, deep + 1]))
        assert forest.size.tolist() == [*range(deep + 1, 0, -1), 3, 1, 1]
        assert measure(forest).virality == [pytest.approx((deep + 2) / 3), pytest.approx(4 / 3)]


def test_sums_past_63_bits_are_exact() -> None:
    values, tree = np.array([2**62, 2**62, 3, 5]), np.array([0, 0, 0, 1])
    assert exact_sums(values, tree, 2) == [2**63 + 3, 5]
    assert exact_sums(values[2:], tree[2:], 2) == [3, 5]


def words(figure: Figure) -> str:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    return drawn.getvalue().decode()


def test_chinese_names_are_words_in_a_picture() -> None:
    assert "春季素材" in words(cascade_picture([graphed([-1, 0])], [1, 1], title="春季素材"))


def test_of_one_share_bars_and_a_point_can_be_seen() -> None:
    breadth = cascade_picture([graphed([-1])], [1], title="n = 1").subfigs[1].axes[0]
    assert breadth.get_xlim() == pytest.approx((-0.6, 3.6))
    [grown] = growth_picture([MONDAY], [0], title="n = 1").axes
    assert grown.lines[0].get_marker() == "o"
    assert grown.get_xlim()[1] - grown.get_xlim()[0] == 2  # days


def test_of_nothing_a_picture_says_so() -> None:
    nothing = [
        decay_picture([], [], [], [], title=""),
        growth_picture([], [], title=""),
        cascade_picture([], [], title=""),
    ]
    assert all("nothing was shared yet" in words(figure) for figure in nothing)
