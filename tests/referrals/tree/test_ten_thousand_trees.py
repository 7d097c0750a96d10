"""Ten thousand random trees at once on arrays, each beside NetworkX's own functions and beside brute force."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from referrals.propagation.domain.graphs import Graph
from referrals.propagation.domain.metrics import Cascades, exact_sums, measure
from referrals.tree.domain.forests import NO_PARENT, Forest, IntArray, grow, weights_below

TREES, MOST = 10_000, 14


def drawn() -> IntArray:
    """Parents by position. A quarter each: under anybody, under one of the last two, under one of the first two, under
    their square.

    Positions are shuffled over the whole forest, so that no parent need stand before its child.
    """
    chance = np.random.default_rng(20261122)
    sizes = chance.integers(1, MOST + 1, TREES)
    start = np.concatenate([[0], np.cumsum(sizes)])
    place = np.arange(start[-1]) - np.repeat(start[:-1], sizes)  # within its tree
    shape, luck = np.repeat(np.arange(TREES) % 4, sizes), chance.random(start[-1])
    late, early = (
        np.maximum(0, place - 1 - (luck * 2)).astype(np.int64),
        np.minimum(place - 1, (luck * 2).astype(np.int64)),
    )
    above = np.choose(
        shape,
        [(luck * place).astype(np.int64), np.minimum(late, place - 1), early, (luck * luck * place).astype(np.int64)],
    )
    parent = np.where(place == 0, NO_PARENT, above + np.repeat(start[:-1], sizes))
    shuffled = chance.permutation(start[-1])
    mixed = np.full(start[-1], NO_PARENT, dtype=np.int64)
    mixed[shuffled] = np.where(parent == NO_PARENT, NO_PARENT, shuffled[parent])
    return mixed


@pytest.fixture(scope="module")
def parent() -> IntArray:
    return drawn()


@pytest.fixture(scope="module")
def forest(parent: IntArray) -> Forest:
    return grow(parent)


@pytest.fixture(scope="module")
def cascades(forest: Forest) -> Cascades:
    return measure(forest)


def distances(parent: IntArray, forest: Forest) -> IntArray:
    """By brute force: for every pair of nodes of one tree the number of steps up to where their ways meet, summed per
    root."""
    ways: list[set[int]] = [set()] * len(parent)
    for node in np.argsort(forest.depth).tolist():
        ways[node] = {node} | (ways[parent[node]] if parent[node] >= 0 else set())
    members: dict[int, list[int]] = {}
    for node, root in enumerate(forest.root.tolist()):
        members.setdefault(root, []).append(node)
    return np.array(
        [
            sum(len(ways[one] ^ ways[two]) for one in nodes for two in nodes if one < two)
            for _, nodes in sorted(members.items())
        ]
    )


def test_they_are_of_every_size_and_of_every_shape(cascades: Cascades) -> None:
    assert (len(cascades), set(cascades.size.tolist())) == (TREES, set(range(1, MOST + 1)))
    assert (cascades.depth == cascades.size - 1).sum() > 500  # chains
    assert ((cascades.depth == 1) & (cascades.size > 5)).sum() > 5  # stars


def test_size_depth_breadth_and_virality_are_what_networkx_finds(
    parent: IntArray, forest: Forest, cascades: Cascades
) -> None:
    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(range(len(parent)))
    graph.add_edges_from((above, node) for node, above in enumerate(parent.tolist()) if above >= 0)
    assert nx.is_branching(graph)
    both_ways = graph.to_undirected(as_view=False)
    for tree, root in enumerate(cascades.roots.tolist()):
        layers = [len(layer) for layer in nx.bfs_layers(graph, root)]
        assert cascades.breadth_by_depth(tree) == layers
        assert (cascades.size[tree], cascades.depth[tree], cascades.max_breadth[tree]) == (
            sum(layers),
            len(layers) - 1,
            max(layers),
        )
        if tree % 2:  # a copy of each tree takes networkx most of the time
            nodes = {root} | nx.descendants(graph, root)
            n, found = len(nodes), cascades.virality[tree]
            assert found == (
                pytest.approx(2 * nx.wiener_index(both_ways.subgraph(nodes)) / (n * (n - 1)), abs=1e-12)
                if n > 1
                else None
            )
            assert all(forest.size[node] == 1 + len(nx.descendants(graph, node)) for node in nodes)


def test_the_sum_of_all_distances_is_what_brute_force_finds_and_what_the_kept_sums_say(
    parent: IntArray, forest: Forest, cascades: Cascades
) -> None:
    by_force = distances(parent, forest)
    n, trees = cascades.size, len(cascades)
    below = np.where(parent >= 0, forest.size, 0)
    sizes, squares = (np.array(exact_sums(values, cascades.tree, trees)) for values in (below, below * below))
    assert (n * sizes - squares == by_force).all()  # W = n·Σs − Σs²
    assert [virality or 0 for virality in cascades.virality] == pytest.approx(
        (2 * by_force / np.maximum(n * (n - 1), 1)).tolist(), abs=1e-12
    )


def test_every_virality_lies_between_the_star_s_and_the_chain_s(cascades: Cascades) -> None:
    for n, virality in zip(cascades.size.tolist(), cascades.virality, strict=True):
        assert (virality is None) == (n == 1)
        assert virality is None or 2 * (n - 1) / n - 1e-12 <= virality <= (n + 1) / 3 + 1e-12


def test_a_node_is_one_deeper_than_its_parent_and_counts_its_children_and_itself(
    parent: IntArray, forest: Forest
) -> None:
    child = np.flatnonzero(parent >= 0)
    assert (forest.depth[child] == forest.depth[parent[child]] + 1).all()
    assert (forest.root[child] == forest.root[parent[child]]).all()
    counted = np.ones(len(parent), dtype=np.int64)
    np.add.at(counted, parent[child], forest.size[child])
    assert (counted == forest.size).all()
    assert (weights_below(parent, np.ones(len(parent), dtype=np.int64)) == forest.size).all()


def test_what_came_first_and_what_came_later_add_up_to_the_whole(parent: IntArray, forest: Forest) -> None:
    """What folding counts on: the upper half of the nodes came first, the others after them."""
    late = (forest.depth > np.median(forest.depth)).astype(np.int64)
    before = weights_below(parent, 1 - late)
    more = weights_below(parent, late)
    assert (before + more == forest.size).all()


def test_layers_follow_one_another_without_a_gap(cascades: Cascades) -> None:
    for tree in range(len(cascades)):
        breadth = cascades.breadth_by_depth(tree)
        assert breadth[0] == 1
        assert all(breadth)
        assert all(after <= cascades.size[tree] - before for before, after in pairwise(breadth))
