"""How far something spread, as a whole: a brand, a kit, the shares of a KOC or of a community; now, or at a moment in
the past."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from accounts.brands.models import Brand
from accounts.people.models import Koc
from accounts.people.selectors.people import people_known
from referrals.propagation.domain import curves
from referrals.propagation.domain.metrics import first_depths, removal_loss
from referrals.propagation.selectors.forests import ReadForest
from referrals.tree.domain.forests import IntArray


class LayerOfSpread(NamedTuple):
    """One depth: shares made there, counted visits that they had, and people who were first reached there.

    A person who opened a share counts one deeper than the share, as a share of their own would.
    """

    depth: int
    shares: int
    visits: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Many cascades taken together. Read depth and virality beside the sizes: the median cascade has often one node."""

    cascades: int
    shares: int
    sharers: int
    visits: int
    reach: int
    coverage: float | None
    depth: int
    influence_horizon: int
    decentralisation: float | None
    reach_gini: float | None
    layers: list[LayerOfSpread]
    largest: int
    median_size: float | None
    mean_virality: float | None
    """over cascades of at least two shares"""


def spread_of(read: ReadForest, *, audience: int) -> Spread:
    """The measures of a forest of shares. `audience` is of how many people its reach is a part."""
    layers = layers_of(read)
    nodes, people, times = read.visits
    reach = len(np.unique(np.concatenate([2 * read.kocs, people])))
    shares = [layer.shares for layer in layers if layer.shares]
    virality = [value for value in read.cascades.virality if value is not None]
    sizes = read.cascades.size
    return Spread(
        cascades=len(read.cascades),
        shares=len(read.ids),
        sharers=len(np.unique(read.kocs)),
        visits=int(times.sum()),
        reach=reach,
        coverage=curves.coverage(reach, audience),
        depth=len(shares) - 1 if shares else 0,
        influence_horizon=curves.influence_horizon(shares),
        decentralisation=curves.decentralisation([layer.people for layer in layers]),
        reach_gini=curves.gini(_reach_by_sharer(read.kocs[nodes], people, read.kocs).tolist()),
        layers=layers,
        largest=int(sizes.max()) if len(sizes) else 0,
        median_size=float(np.median(sizes)) if len(sizes) else None,
        mean_virality=float(np.mean(virality)) if virality else None,
    )


def layers_of(read: ReadForest) -> list[LayerOfSpread]:
    """One entry per depth, down to the deepest share or visitor."""
    nodes, people, times = read.visits
    depths = read.forest.depth
    first = first_depths(np.concatenate([depths, depths[nodes] + 1]), np.concatenate([2 * read.kocs, people]))
    shares, visits = np.bincount(depths), np.bincount(depths[nodes], weights=times).astype(np.int64)
    deepest = max(len(first), len(shares), len(visits))
    columns = [np.pad(column, (0, deepest - len(column))).tolist() for column in (shares, visits, first)]
    return [LayerOfSpread(depth, *layer) for depth, layer in enumerate(zip(*columns, strict=True))]


def _reach_by_sharer(sharers: IntArray, people: IntArray, everybody: IntArray) -> IntArray:
    """How many people opened the shares of each KOC who shared, 0 included; the order means nothing."""
    sharer_ids, position = np.unique(everybody, return_inverse=True)
    pairs = (
        np.unique(np.stack([np.searchsorted(sharer_ids, sharers), people]), axis=1)
        if len(people)
        else np.zeros((2, 0), dtype=np.int64)
    )
    return np.bincount(pairs[0], minlength=len(sharer_ids)) if len(position) else np.zeros(0, dtype=np.int64)


def loss_without(read: ReadForest, koc: Koc) -> float | None:
    """The part of the reach that would be gone without a KOC's shares and all that grew from them."""
    nodes, people, _ = read.visits
    everywhere = np.concatenate([np.arange(len(read.ids)), nodes])
    return removal_loss(read.forest, read.kocs == koc.pk, everywhere, np.concatenate([2 * read.kocs, people]))


def audience_of(brand: Brand, declared: int | None, *, at: datetime) -> int:
    """The size of the audience of which a reach is a part: the declared one, else the brand's KOCs and customers at
    that moment."""
    return people_known(brand, at=at) if declared is None else declared
