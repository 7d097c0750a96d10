"""Measures computed from a few counts of one cascade. Definitions: docs/propagation.md."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

Z_95 = 1.959963984540054  # two-sided 95 %


class Interval(NamedTuple):
    low: float
    high: float


def structural_virality(size: int, wiener: int) -> float | None:
    """The mean distance over ordered pairs of distinct nodes, 2·W / (n(n−1)); none for a single node.

    `wiener` is W = Σ s(n−s) over the non-root nodes, s the size of a node's subtree: each edge is crossed by that many
    pairs. Goel, Anderson, Hofman, Watts, Management Science 62, 2016."""
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


def wilson(successes: int, trials: int, *, z: float = Z_95) -> Interval | None:
    """Where a proportion lies, with 95 % confidence: the score interval, which stays within 0 and 1 and holds for few
    trials; none without a trial.

    Wilson, Journal of the American Statistical Association 22, 1927.
    """
    if trials == 0:
        return None
    part, squared = successes / trials, z * z / trials
    middle = part + squared / 2
    spread = z * math.sqrt(part * (1 - part) / trials + squared / (4 * trials))
    low, high = (middle - spread) / (1 + squared), (middle + spread) / (1 + squared)
    return Interval(0.0 if successes == 0 else low, 1.0 if successes == trials else high)


def gini(values: Sequence[int]) -> float | None:
    """How unevenly something is spread: 0 when all have the same, towards 1 when one has all; none when there is
    nothing to spread.

    Mean absolute difference of two over twice the mean: 2·Σ i·x_i / (n·Σ x) − (n + 1) / n with x ascending and i from
    1."""
    n, total = len(values), sum(values)
    if total == 0:
        return None
    return 2 * sum(place * value for place, value in enumerate(sorted(values), start=1)) / (n * total) - (n + 1) / n


def decentralisation(reach_by_depth: Sequence[int]) -> float | None:
    """The share of reach that came at depth 2 or deeper: of people whom the KOC who began did not reach; none without
    reach."""
    total = sum(reach_by_depth)
    return sum(reach_by_depth[2:]) / total if total else None


def k_factor(*, active: int, sent: int, brought: int) -> float | None:
    """(invitations or shares per active KOC) × (new active KOCs per invitation or share); none when nobody was active
    or nothing was sent."""
    return (sent / active) * (brought / sent) if active and sent else None
