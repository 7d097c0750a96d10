"""How far a new share might travel: the independent cascade model, with probabilities from a brand's own history."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from referrals.tree.domain.forests import IntArray

PRIOR = (1.0, 19.0)  # assumed of a pair without observations: once in twenty


@dataclass(frozen=True, slots=True)
class Influence:
    """Pairs of KOCs of whom one may bring the other, side by side: their positions from 0, and the probability."""

    source: IntArray
    target: IntArray
    probability: NDArray[np.float64]
    kocs: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The result of the runs: sharers, with the 5th and 95th percentile, and how deep it went."""

    runs: int
    mean: float
    low: float
    median: float
    high: float
    mean_depth: float


def influence(pairs: Sequence[tuple[int, int]], shares: Sequence[int]) -> Influence:
    """Estimate each pair: of the cascades in which the source shared, in what part the target shared through them.

    `pairs` has (source, target) once for each cascade in which that happened, `shares` how many cascades each KOC
    shared in. Between few observations and certainty stands a Beta(1, 19) prior: (k + 1) / (n + 20). The frequency
    itself is the model of Goyal, Bonchi, Lakshmanan, WSDM 2010."""
    kocs = len(shares)
    observed = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    edges, successes = np.unique(observed[:, 0] * kocs + observed[:, 1], return_counts=True)
    source, target = edges // max(kocs, 1), edges % max(kocs, 1)
    occasions = np.asarray(shares, dtype=np.int64)[source]
    return Influence(source, target, (successes + PRIOR[0]) / (occasions + sum(PRIOR)), kocs)


def forecast(influence: Influence, seeds: Sequence[int], *, runs: int, seed: int) -> Forecast:
    """Simulate `runs` cascades from the seeds: each sharer has one chance with each KOC they may bring. The same `seed`
    gives the same numbers.

    Kempe, Kleinberg, Tardos, KDD 2003. One run costs what its edges cost; memory does not grow with the runs.
    """
    chance = np.random.default_rng(seed)
    order = np.argsort(influence.source, kind="stable")
    target, probability = influence.target[order], influence.probability[order]
    start = np.searchsorted(influence.source[order], np.arange(influence.kocs + 1))
    spread, depth = np.zeros(runs, dtype=np.int64), np.zeros(runs, dtype=np.int64)
    for run in range(runs):
        spread[run], depth[run] = _one_run(
            start, target, probability, np.unique(np.asarray(seeds, dtype=np.int64)), influence.kocs, chance
        )
    low, median, high = np.percentile(spread, [5, 50, 95], method="inverted_cdf").tolist()
    return Forecast(runs, float(spread.mean()), low, median, high, float(depth.mean()))


def _one_run(
    start: IntArray,
    target: IntArray,
    probability: NDArray[np.float64],
    begin: IntArray,
    kocs: int,
    chance: np.random.Generator,
) -> tuple[int, int]:
    shared = np.zeros(kocs, dtype=bool)
    shared[begin] = True
    fresh, depth = begin, 0
    while True:
        edges = _edges_of(start, fresh)
        hit = target[edges[chance.random(len(edges)) < probability[edges]]]
        fresh = np.unique(hit[~shared[hit]])
        if not len(fresh):
            return int(shared.sum()), depth
        shared[fresh] = True
        depth += 1


def _edges_of(start: IntArray, kocs: IntArray) -> IntArray:
    """The positions of the edges that leave these KOCs."""
    many = start[kocs + 1] - start[kocs]
    before = np.cumsum(many) - many
    edges: IntArray = (
        np.arange(int(many.sum()), dtype=np.int64) - np.repeat(before, many) + np.repeat(start[kocs], many)
    )
    return edges
