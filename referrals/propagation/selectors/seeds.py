"""The next KOCs to ask to share, and how far their shares might travel."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from accounts.people.models import Koc
from referrals.propagation.domain.forecasts import Forecast, forecast, influence
from referrals.propagation.domain.seeds import choose_seeds
from referrals.propagation.selectors.forests import ReadForest


class ChosenKoc(NamedTuple):
    """A KOC to ask next: how many people they add to those before, and how many all of them cover."""

    koc: Koc
    adds: int
    covered: int


def seeds_of(read: ReadForest, *, k: int) -> list[ChosenKoc]:
    """The k active KOCs whose past cascades together cover most people, by greedy choice: all that grew from their
    shares counts as theirs."""
    seeds = choose_seeds(_covers(read), k)
    kocs: Mapping[int, Koc] = Koc.objects.in_bulk([seed.koc for seed in seeds])
    return [ChosenKoc(kocs[seed.koc], seed.adds, seed.covered) for seed in seeds]


def _covers(read: ReadForest) -> dict[int, set[int]]:
    """koc → the people who shared or opened what grew from their shares, themself included. From the deepest shares
    upwards; a small set joins a large one."""
    active = Koc.objects.filter(pk__in=np.unique(read.kocs).tolist(), status=Koc.Status.ACTIVE).values_list(
        "pk", flat=True
    )
    covers: dict[int, set[int]] = {koc: set() for koc in active}
    reached: dict[int, set[int]] = {}
    nodes, people, _ = read.visits
    for node, person in zip(nodes.tolist(), people.tolist(), strict=True):
        reached.setdefault(node, set()).add(person)
    kocs, parents = read.kocs.tolist(), read.parent.tolist()
    for node in np.argsort(-read.forest.depth, kind="stable").tolist():
        here = reached.pop(node, set())
        here.add(2 * kocs[node])
        if kocs[node] in covers:
            covers[kocs[node]] |= here
        if (above := parents[node]) >= 0:
            small, large = sorted([here, reached.get(above, set())], key=len)
            large |= small
            reached[above] = large
    return covers


def forecast_of(read: ReadForest, seeds: Sequence[Koc], *, runs: int, seed: int) -> Forecast:
    """How many KOCs might share when these begin, with probabilities from this history. A KOC who never shared brings
    nobody: nothing is known of them."""
    kocs, number = np.unique(
        np.concatenate([read.kocs, np.array([koc.pk for koc in seeds], dtype=np.int64)]), return_inverse=True
    )
    sharers, begin = number[: len(read.kocs)], number[len(read.kocs) :]
    child = np.flatnonzero(read.parent >= 0)
    tree = read.cascades.tree
    brought = np.unique(np.stack([tree[child], sharers[read.parent[child]], sharers[child]]), axis=1)[1:].T
    cascades_of = np.bincount(np.unique(np.stack([tree, sharers]), axis=1)[1], minlength=len(kocs))
    pairs = [(source, target) for source, target in brought.tolist() if source != target]
    return forecast(influence(pairs, cascades_of.tolist()), begin.tolist(), runs=runs, seed=seed)
