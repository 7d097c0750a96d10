"""Kits beside each other, at cascades of like size: depth and virality grow with size, so without that the kit with one
large cascade would always win."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from accounts.brands.models import Brand
from content.kits.models import Kit
from referrals.propagation.selectors.forests import EVER, shares_of
from referrals.shares.models import Share


class Compared(NamedTuple):
    """A kit's cascades of from `least` to below 2 · `least` shares: how many, and their means. `beside`: how many other
    kits have cascades of that size."""

    least: int
    kit: str
    cascades: int
    mean_size: float
    mean_depth: float
    mean_virality: float
    beside: int


def kits_at_like_size(brand: Brand, *, as_of: datetime = EVER) -> list[Compared]:
    """Sizes double from class to class, the largest first; a cascade of one share has no virality and is left out. By
    which kit its root shared."""
    read = shares_of(brand, None, as_of=as_of)
    names = dict(Kit.objects.filter(brand=brand).values_list("pk", "key"))
    kit_of_root = dict(Share.objects.filter(brand=brand, parent=None).values_list("pk", "kit_id"))
    measures: dict[tuple[int, str], list[tuple[int, int, float]]] = {}
    rows = zip(
        read.ids[read.cascades.roots].tolist(),
        read.cascades.size.tolist(),
        read.cascades.depth.tolist(),
        read.cascades.virality,
        strict=True,
    )
    for root, size, depth, virality in rows:
        if virality is not None:
            measures.setdefault((1 << (size.bit_length() - 1), names[kit_of_root[root]]), []).append(
                (size, depth, virality)
            )
    kits = {least: sum(other == least for other, _ in measures) for least, _ in measures}
    ordered = sorted(measures.items(), key=lambda item: (-item[0][0], item[0][1]))
    return [_mean(least, kit, np.array(cascades), beside=kits[least] - 1) for (least, kit), cascades in ordered]


def _mean(least: int, kit: str, cascades: NDArray[np.float64], *, beside: int) -> Compared:
    size, depth, virality = cascades.mean(axis=0).tolist()
    return Compared(least, kit, len(cascades), size, depth, virality, beside)
