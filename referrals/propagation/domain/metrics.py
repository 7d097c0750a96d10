"""Measures of whole forests, on the arrays of `referrals.tree.domain.forests`: every step is one pass over the nodes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from referrals.propagation.domain.curves import structural_virality
from referrals.tree.domain.forests import NO_PARENT, Forest, IntArray


@dataclass(frozen=True, slots=True)
class Cascades:
    """One entry per tree, in the order of `roots` (positions in the forest). `tree` says for each node which tree it is
    in.

    The counts per depth of tree t are `breadth[start[t] : start[t + 1]]`.
    """

    roots: IntArray
    tree: IntArray
    size: IntArray
    depth: IntArray
    max_breadth: IntArray
    virality: list[float | None]
    breadth: IntArray
    start: IntArray

    def __len__(self) -> int:
        return len(self.roots)

    def breadth_by_depth(self, tree: int) -> list[int]:
        counts: list[int] = self.breadth[self.start[tree] : self.start[tree + 1]].tolist()
        return counts


def measure(forest: Forest) -> Cascades:
    """Size, depth, breadth and structural virality of every tree, roots ascending."""
    roots = np.flatnonzero(forest.parent == NO_PARENT)
    number = np.zeros(len(forest), dtype=np.int64)
    number[roots] = np.arange(len(roots))
    tree = number[forest.root]
    size, depth = forest.size[roots], np.zeros(len(roots), dtype=np.int64)
    np.maximum.at(depth, tree, forest.depth)
    start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(depth + 1)])
    breadth = np.bincount(start[tree] + forest.depth, minlength=int(start[-1]))
    return Cascades(
        roots=roots,
        tree=tree,
        size=size,
        depth=depth,
        max_breadth=np.maximum.reduceat(breadth, start[:-1]) if len(roots) else breadth,
        virality=[
            structural_virality(n, w) for n, w in zip(size.tolist(), wiener(forest, tree, len(roots)), strict=True)
        ],
        breadth=breadth,
        start=start,
    )


def wiener(forest: Forest, tree: IntArray, trees: int) -> list[int]:
    """The sum of all distances between two nodes of each tree, Σ s(n−s), as exact integers of any size."""
    return exact_sums(forest.size * (forest.size[forest.root] - forest.size), tree, trees)  # 0 for a root


def exact_sums(values: IntArray, tree: IntArray, trees: int) -> list[int]:
    """The sum of the values of each tree's nodes, as exact integers: a deep tree of four million nodes is past 2^63. No
    value is negative."""
    if values.sum(dtype=np.float64) < 2**62:
        sums = np.zeros(trees, dtype=np.int64)
        np.add.at(sums, tree, values)
        exact: list[int] = sums.tolist()
        return exact
    high, low = np.zeros(trees, dtype=np.int64), np.zeros(trees, dtype=np.int64)
    np.add.at(high, tree, values >> 32)
    np.add.at(low, tree, values & 0xFFFFFFFF)
    return [(upper << 32) + lower for upper, lower in zip(high.tolist(), low.tolist(), strict=True)]


def time_to_depth(forest: Forest, cascades: Cascades, at: IntArray) -> IntArray:
    """How long after its root each tree first reached each depth, in the unit of `at`; laid out like
    `cascades.breadth`."""
    first = np.full(len(cascades.breadth), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, cascades.start[cascades.tree] + forest.depth, at)
    return first - np.repeat(at[cascades.roots], cascades.depth + 1)


def distinct_per_tree(pairs: Sequence[tuple[IntArray, IntArray]], trees: int) -> IntArray:
    """How many different people each tree has. `pairs` are (trees, people) side by side; people are numbered from 0."""
    tree = np.concatenate([trees_of for trees_of, _ in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    person = np.concatenate([people for _, people in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    width = int(person.max()) + 1 if len(person) else 1
    return np.bincount(np.unique(tree * width + person) // width, minlength=trees)


def at_or_below(forest: Forest, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which nodes are marked, or are anywhere below one that is."""
    below, above = marked.copy(), forest.parent.copy()
    rising = np.flatnonzero(above != NO_PARENT)
    while len(rising):
        over = above[rising]
        below[rising] |= below[over]
        above[rising] = above[over]
        rising = rising[above[rising] != NO_PARENT]
    return below


def removal_loss(forest: Forest, marked: NDArray[np.bool_], nodes: IntArray, people: IntArray) -> float | None:
    """The part of the reach that is lost when the marked nodes, and all that grew from them, had not been; none without
    reach.

    `nodes` and `people` go side by side: who was reached at which node. A person who is reached elsewhere too is not
    lost."""
    reach = len(np.unique(people))
    left = len(np.unique(people[~at_or_below(forest, marked)[nodes]]))
    return (reach - left) / reach if reach else None


def first_depths(depths: IntArray, people: IntArray) -> IntArray:
    """How many people were first reached at each depth. `depths` and `people` go side by side."""
    if not len(people):
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((depths, people))
    first = np.concatenate([[True], people[order][1:] != people[order][:-1]])
    return np.bincount(depths[order][first])
