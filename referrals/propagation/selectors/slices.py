"""Cascades side by side, by what their roots have in common: a channel, a kit, a tier, a week."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.brands.models import Brand
from accounts.people.models import TierChange
from referrals.propagation.domain.metrics import distinct_per_tree
from referrals.propagation.selectors.forests import ReadForest
from referrals.shares.models import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some cascades of a forest. Depth and virality are read beside the sizes; `mean_virality` is over cascades of at
    least two shares."""

    name: str
    cascades: int
    shares: int
    sharers: int
    visits: int
    reach: int
    largest: int
    median_size: float
    depth: int
    mean_virality: float | None


def _week(brand: Brand) -> Callable[[Any], str]:
    zone = ZoneInfo(brand.timezone)

    def week(shared_at: datetime) -> str:
        year, number, _ = shared_at.astimezone(zone).isocalendar()
        return f"{year}-W{number:02}"

    return week


SLICED: dict[str, tuple[str, Callable[[Brand], Callable[[Any], str]]]] = {
    "channel": ("channel", lambda brand: str),
    "kit": ("kit__key", lambda brand: str),
    "tier": ("tier_then", lambda brand: str),
    "week": ("shared_at", _week),  # ISO weeks of the brand's zone
}


def slices_of(brand: Brand, read: ReadForest, by: str) -> list[Slice]:
    """The cascades by a property of their roots, in the order of its names. Shares of others further down belong to the
    root's slice."""
    field, namer_of = SLICED[by]
    name_of = namer_of(brand)
    roots = read.ids[read.cascades.roots].tolist()
    tier_left = (
        TierChange.objects.filter(koc=OuterRef("koc"), changed_at__gt=read.as_of)
        .order_by("changed_at", "pk")
        .values("tier_before__key")[:1]
    )
    values = dict(
        Share.objects.filter(pk__in=roots)
        .annotate(tier_then=Coalesce(Subquery(tier_left), "koc__tier__key"))
        .values_list("pk", field)
    )
    names = [name_of(values[root]) for root in roots]
    order = sorted(set(names))
    number_of = {name: number for number, name in enumerate(order)}
    slice_of = np.array([number_of[name] for name in names], dtype=np.int64)
    nodes, people, times = read.visits
    in_slice = slice_of[read.cascades.tree] if len(names) else np.zeros(0, dtype=np.int64)
    sharers = distinct_per_tree([(in_slice, 2 * read.kocs)], len(order))
    reach = distinct_per_tree([(in_slice, 2 * read.kocs), (in_slice[nodes], people)], len(order))
    visits = np.bincount(in_slice[nodes], weights=times, minlength=len(order)).astype(np.int64)
    return [
        _slice(read, name, slice_of == number, int(sharers[number]), int(visits[number]), int(reach[number]))
        for number, name in enumerate(order)
    ]


def _slice(read: ReadForest, name: str, chosen: Any, sharers: int, visits: int, reach: int) -> Slice:
    sizes = read.cascades.size[chosen]
    virality = [read.cascades.virality[tree] for tree in np.flatnonzero(chosen).tolist()]
    defined = [value for value in virality if value is not None]
    return Slice(
        name=name,
        cascades=len(sizes),
        shares=int(sizes.sum()),
        sharers=sharers,
        visits=visits,
        reach=reach,
        largest=int(sizes.max()),
        median_size=float(np.median(sizes)),
        depth=int(read.cascades.depth[chosen].max()),
        mean_virality=sum(defined) / len(defined) if defined else None,
    )
