"""How word of mouth travelled: the measures of every cascade of a brand, or of all that grew from one share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
from django.db.models import Count, Q
from numpy.typing import NDArray

from accounts.models import Brand, Koc
from accounts.selectors.brands import people_known
from content.models import Kit
from referrals.domain.propagation import curves
from referrals.domain.propagation.forests import Cascades, distinct_per_tree, grow, measure, parent_positions, time_to_depth
from referrals.models import Share, Visit
from referrals.selectors.arrays import whole_numbers

DRAWN = 2_000

# Each names the rows to look at as `chosen`: id, parent (0 for none), person and time in microseconds. The parent is the truth; root and depth are computed.
SHARES: LiteralString = """
    WITH RECURSIVE chosen AS (
        SELECT share.id, COALESCE(share.parent_id, 0) AS parent, share.koc_id AS koc, (extract(epoch FROM share.shared_at) * 1000000)::bigint AS at
        FROM referrals_share share JOIN referrals_share root ON root.id = COALESCE(share.root_id, share.id)
        WHERE share.brand_id = %s AND (%s::bigint IS NULL OR root.kit_id = %s)
    )"""
SHARES_UNDER: LiteralString = """
    WITH RECURSIVE chosen AS (
        SELECT id, 0::bigint AS parent, koc_id AS koc, (extract(epoch FROM shared_at) * 1000000)::bigint AS at FROM referrals_share WHERE id = %s
        UNION ALL
        SELECT child.id, child.parent_id, child.koc_id, (extract(epoch FROM child.shared_at) * 1000000)::bigint
        FROM referrals_share child JOIN chosen ON child.parent_id = chosen.id
    )"""
KOCS: LiteralString = """
    WITH RECURSIVE chosen AS (
        SELECT place.koc_id AS id, COALESCE(place.sponsor_id, 0) AS parent, place.koc_id AS koc, (extract(epoch FROM koc.joined_at) * 1000000)::bigint AS at
        FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id
        WHERE place.brand_id = %s
    )"""
NODES: LiteralString = "SELECT id, parent, koc, at FROM chosen"
# People are numbered: a KOC by twice its id; a visitor by an odd number, unless the visitor's key is a KOC's key, which says it is that KOC.
VISITORS: LiteralString = """
    SELECT seen.share_id, COALESCE(2 * koc.id, 2 * dense_rank() OVER (ORDER BY seen.visitor) + 1)
    FROM (SELECT DISTINCT visit.share_id, visit.visitor FROM referrals_visit visit JOIN chosen ON chosen.id = visit.share_id WHERE visit.uncounted = '') seen
    LEFT JOIN accounts_koc koc ON koc.brand_id = %s AND koc.key = seen.visitor"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is measured of one cascade. Lists go by depth, from 0; depth and virality are read only beside the size."""

    size: int
    people: int
    depth: int
    max_breadth: int
    structural_virality: float | None
    breadth_by_depth: list[int]
    reach: int
    coverage: float | None
    influence_horizon: int
    reproduction: list[float]
    time_to_depth_seconds: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeMeasures(Measures):
    """One cascade of a brand, named by its root."""

    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One share to draw. `visits` are the counted ones; `parent` is empty for the root."""

    id: str
    parent: str | None
    depth: int
    name: str
    shared_at: datetime
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation(Measures):
    """All that grew from one share, and its first nodes to draw, parents before children."""

    nodes: list[Node]
    truncated: bool


def share_cascades(brand: Brand, *, kit: Kit | None = None) -> list[CascadeMeasures]:
    """Every cascade of a brand's shares, or those whose root shared this kit, ordered by the root's key (its code when it was not imported)."""
    kit_id = kit.pk if kit else None
    parameters = [brand.pk, kit_id, kit_id]
    grown = _Grown(SHARES, parameters)
    seen = whole_numbers(SHARES + VISITORS, [*parameters, brand.pk], 2)
    names, audiences = {}, {}
    roots = Share.objects.filter(brand=brand, parent=None, **({"kit": kit} if kit else {}))
    for pk, key, code, audience in roots.values_list("pk", "key", "code", "kit__audience_size"):
        names[pk], audiences[pk] = key or code, audience
    return grown.measures(names=names, audiences=audiences, known=people_known(brand), seen=seen)


def referral_cascades(brand: Brand) -> list[CascadeMeasures]:
    """Every tree of a brand's referral forest, ordered by the key of the KOC at its root. Its reach are the KOCs in it."""
    grown = _Grown(KOCS, [brand.pk])
    names = dict(Koc.objects.filter(brand=brand).values_list("pk", "key"))
    return grown.measures(names=names, audiences={}, known=people_known(brand), seen=[])


def share_propagation(share: Share) -> Propagation:
    """All that grew from a share, measured as a cascade with that share as its root; at most the first 2,000 shares are listed to draw."""
    grown = _Grown(SHARES_UNDER, [share.pk])
    seen = whole_numbers(SHARES_UNDER + VISITORS, [share.pk, share.brand_id], 2)
    audiences = {share.pk: share.kit.audience_size}
    [measured] = grown.measures(names={share.pk: share.code}, audiences=audiences, known=people_known(share.brand), seen=seen)
    fields = {name: getattr(measured, name) for name in Measures.__dataclass_fields__}
    return Propagation(**fields, nodes=_nodes(grown), truncated=len(grown.ids) > DRAWN)


class _Grown:
    """A forest as it was read: what each node is, and what was computed of it."""

    def __init__(self, source: LiteralString, parameters: Sequence[Any]) -> None:
        self.ids, parents, self.kocs, self.at = whole_numbers(source + NODES, parameters, 4)
        self.parent = parent_positions(self.ids, parents)
        self.forest = grow(self.parent)
        self.cascades: Cascades = measure(self.forest)

    def measures(
        self, *, names: dict[int, str], audiences: dict[int, int | None], known: int, seen: Sequence[NDArray[np.int64]]
    ) -> list[CascadeMeasures]:
        """One entry per tree, ordered by name. `seen` are shares and the people who visited them."""
        cascades, trees = self.cascades, len(self.cascades)
        sharers = (cascades.tree, 2 * self.kocs)
        people = distinct_per_tree([sharers], trees).tolist()
        reach = distinct_per_tree([sharers, *self._visits(seen)], trees).tolist()
        elapsed = time_to_depth(self.forest, cascades, self.at) / 1_000_000
        measured = []
        for tree, root in enumerate(self.ids[cascades.roots].tolist()):
            breadth = cascades.breadth_by_depth(tree)
            audience = audiences.get(root)
            measured.append(
                CascadeMeasures(
                    root=names.get(root, ""),
                    size=sum(breadth),
                    people=people[tree],
                    depth=len(breadth) - 1,
                    max_breadth=max(breadth),
                    structural_virality=cascades.virality[tree],
                    breadth_by_depth=breadth,
                    reach=reach[tree],
                    coverage=curves.coverage(reach[tree], known if audience is None else audience),
                    influence_horizon=curves.influence_horizon(breadth),
                    reproduction=curves.reproduction(breadth),
                    time_to_depth_seconds=elapsed[cascades.start[tree] : cascades.start[tree + 1]].tolist(),
                )
            )
        return sorted(measured, key=lambda cascade: cascade.root)

    def _visits(self, seen: Sequence[NDArray[np.int64]]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Trees and visitors side by side. A share that came after the forest was read is left out."""
        if not seen or not len(self.ids):
            return []
        shares, people = seen
        order = np.argsort(self.ids)
        place = order[np.searchsorted(self.ids[order], shares).clip(max=len(order) - 1)]
        known = self.ids[place] == shares
        return [(self.cascades.tree[place[known]], people[known])]


def _nodes(grown: _Grown) -> list[Node]:
    """The first shares by depth, then time: so a parent always stands before its children."""
    order = np.lexsort((grown.ids, grown.at, grown.forest.depth))[:DRAWN].tolist()
    ids = grown.ids.tolist()
    shown = [ids[place] for place in order]
    counted = Count("visits", filter=Q(visits__uncounted=Visit.Uncounted.NO))
    rows = {row["pk"]: row for row in Share.objects.filter(pk__in=shown).annotate(counted=counted).values("pk", "koc__name", "shared_at", "counted")}
    public = {pk: Share.public_id_of(pk) for pk in shown}
    return [
        Node(
            id=public[ids[place]],
            parent=public[ids[above]] if (above := int(grown.parent[place])) >= 0 else None,
            depth=int(grown.forest.depth[place]),
            name=rows[ids[place]]["koc__name"],
            shared_at=rows[ids[place]]["shared_at"],
            visits=rows[ids[place]]["counted"],
        )
        for place in order
    ]
