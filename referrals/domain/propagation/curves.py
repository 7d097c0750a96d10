"""What follows from a few counts of one cascade: numbers in, numbers out. Definitions: docs/propagation.md."""

from collections.abc import Sequence
from itertools import pairwise


def structural_virality(size: int, wiener: int) -> float | None:
    """The mean distance over ordered pairs of distinct nodes, 2·W / (n(n−1)); none for a single node.

    `wiener` is W = Σ s(n−s) over the non-root nodes, s the size of a node's subtree: each edge is crossed by that many pairs.
    Goel, Anderson, Hofman, Watts, Management Science 62, 2016.
    """
    return 2 * wiener / (size * (size - 1)) if size > 1 else None


def reproduction(breadth_by_depth: Sequence[int]) -> list[float]:
    """R_d = N_{d+1} / N_d: how many shares of the next generation one share of this generation brought."""
    return [after / before for before, after in pairwise(breadth_by_depth)]


def influence_horizon(breadth_by_depth: Sequence[int]) -> int:
    """The greatest depth d ≥ 1 that still has 10 % of the nodes of depth 1; 0 if nobody is at depth 1."""
    if len(breadth_by_depth) < 2:
        return 0
    return max(depth for depth, count in enumerate(breadth_by_depth) if depth and 10 * count >= breadth_by_depth[1])


def coverage(reach: int, audience: int) -> float | None:
    """The share of an audience that was reached; none when there is no audience."""
    return reach / audience if audience else None
