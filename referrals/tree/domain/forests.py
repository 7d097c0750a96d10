"""Whole forests on arrays: every step is one pass over the nodes, so a million of them take a fraction of a second.

Roots and depths are found by pointer doubling: after k rounds every node has its ancestor 2^k levels above. So the work
is n·log(depth) whatever the shape, and a chain of a million takes some tenths of a second as well."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from referrals.tree.domain.faults import Cycle, MissingParent, TwoParents

IntArray = NDArray[np.int64]


NO_PARENT = -1


LEVELS = (1 << 32) - 1


MANY_LEVELS = 4_096  # fewer than 2^16


@dataclass(frozen=True, slots=True)
class Forest:
    """Nodes 0 … n−1. `root` is a position, `size` counts the node and everything under it."""

    parent: IntArray
    root: IntArray
    depth: IntArray
    size: IntArray

    def __len__(self) -> int:
        return len(self.parent)


def parent_positions(ids: IntArray, parent_ids: IntArray, *, nobody: int = 0) -> IntArray:
    """The position of each node's parent in `ids`; NO_PARENT where the parent is `nobody`.

    Raises TwoParents when an id is there twice, MissingParent when a parent is not among `ids`.
    """
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    if len(repeated := np.unique(ordered[1:][ordered[1:] == ordered[:-1]])):
        raise TwoParents(repeated.tolist())
    child = np.flatnonzero(parent_ids != nobody)
    position = np.searchsorted(ordered, parent_ids[child])
    position[position == len(ids)] = 0
    missing = ordered[position] != parent_ids[child] if len(ids) else np.zeros(0, dtype=bool)
    if missing.any():
        raise MissingParent(ids[child[missing]].tolist())
    parent = np.full(len(ids), NO_PARENT, dtype=np.int64)
    parent[child] = order[position]
    return parent


def positions_of(some: IntArray, ids: IntArray) -> IntArray:
    """The position in `ids`, which differ, of each of some of them."""
    order = np.argsort(ids)
    return order[np.searchsorted(ids, some, sorter=order)]


def grown_on(
    forest: Forest, ids: IntArray, places: IntArray, roots: IntArray, depths: IntArray
) -> tuple[IntArray, IntArray]:
    """The root's id and the depth of every node of a forest of which some roots stand on other trees: those at
    `places`, each at a depth below a root of its own."""
    top, depth_of_top = ids.copy(), np.zeros_like(ids)
    top[places], depth_of_top[places] = roots, depths
    return top[forest.root], forest.depth + depth_of_top[forest.root]


def grow(parent: IntArray) -> Forest:
    """The forest of these parents (positions, NO_PARENT for a root). Raises Cycle with every node that is its own
    ancestor."""
    n = len(parent)
    if len(outside := np.flatnonzero((parent < NO_PARENT) | (parent >= n))):
        raise MissingParent(outside.tolist())
    # One word holds an ancestor (high half) and how many levels up it is (low half), so each round reads one word per
    # node. A root is 0 above itself.
    ancestors = np.where(parent == NO_PARENT, np.arange(n, dtype=np.int64) << 32, (parent.astype(np.int64) << 32) | 1)
    for _ in range(n.bit_length() + 1):
        further = ancestors[ancestors >> 32] + (ancestors & LEVELS)
        if np.array_equal(further, ancestors):
            break
        ancestors = further
    root, depth = ancestors >> 32, ancestors & LEVELS
    # An ancestor that still has a parent after more than n steps is on a cycle
    if len(on_cycle := root[parent[root] != NO_PARENT]):
        raise Cycle(np.unique(on_cycle).tolist())
    return Forest(parent=parent, root=root, depth=depth, size=_sizes(parent, depth))


def _sizes(parent: IntArray, depth: IntArray) -> IntArray:
    """The nodes at and under each: level by level from the deepest, each node once; where the levels are many and so
    mostly small, by doubling."""
    at_depth = np.bincount(depth)
    size = np.ones(len(parent), dtype=np.int64)
    if len(at_depth) > MANY_LEVELS:
        return weights_below(parent, size)
    level = np.argsort(depth.astype(np.uint16), kind="stable")
    ends = np.cumsum(at_depth).tolist()
    for begin, end in zip(ends[-2::-1], ends[:0:-1], strict=True):
        nodes = level[begin:end]
        np.add.at(size, parent[nodes], size[nodes])
    return size


def weights_below(parent: IntArray, weights: IntArray) -> IntArray:
    """The total weight of each node and all nodes under it. The parents are those of a forest."""
    above, total = parent.copy(), weights.astype(np.int64)
    rising = np.flatnonzero(above != NO_PARENT)
    while len(rising):
        over = above[rising]
        np.add.at(total, over, total[rising])
        above[rising] = above[over]
        rising = rising[above[rising] != NO_PARENT]
    return total
