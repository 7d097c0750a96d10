"""Forests as the database has them, as arrays: a brand's shares, its KOCs, or all that grew from one share."""

from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np

from accounts.models import Brand
from content.models import Kit
from referrals.domain.propagation.forests import IntArray, grow, measure, parent_positions
from referrals.domain.propagation.graphs import Graph, Link, cascade_graph
from referrals.models import Share
from referrals.selectors.arrays import whole_numbers

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
        SELECT place.koc_id AS id, COALESCE(sponsor.id, 0) AS parent, place.koc_id AS koc, (extract(epoch FROM koc.joined_at) * 1000000)::bigint AS at
        FROM referrals_sponsorship place JOIN accounts_koc koc ON koc.id = place.koc_id AND koc.status = 'active'
        LEFT JOIN accounts_koc sponsor ON sponsor.id = place.sponsor_id AND sponsor.status = 'active'
        WHERE place.brand_id = %s
    )"""
NODES: LiteralString = "SELECT id, parent, koc, at FROM chosen"
# People are numbered: a KOC by twice its id; a visitor by an odd number, unless the visitor's key is a KOC's key, which says it is that KOC.
VISITORS: LiteralString = """
    SELECT seen.share_id, COALESCE(2 * koc.id, 2 * dense_rank() OVER (ORDER BY seen.visitor COLLATE "C") + 1)
    FROM (SELECT DISTINCT visit.share_id, visit.visitor FROM referrals_visit visit JOIN chosen ON chosen.id = visit.share_id WHERE visit.uncounted = '') seen
    LEFT JOIN accounts_koc koc ON koc.brand_id = %s AND koc.key = seen.visitor"""


class ReadForest:
    """A forest as it was read: what each node is, and what was computed of it. `visited_in` is the brand whose visits are looked at, if any."""

    def __init__(self, source: LiteralString, parameters: Sequence[Any], *, visited_in: int | None = None) -> None:
        self.ids, parents, self.kocs, self.at = whole_numbers(source + NODES, parameters, 4)
        self.parent = parent_positions(self.ids, parents)
        self.forest = grow(self.parent)
        self.cascades = measure(self.forest)
        self._visits = (source + VISITORS, [*parameters, visited_in]) if visited_in else None

    def sharers(self) -> tuple[IntArray, IntArray]:
        """Trees and the people who stand in them, side by side."""
        return self.cascades.tree, 2 * self.kocs

    def visitors(self) -> tuple[IntArray, IntArray]:
        """Trees and the people who visited them, side by side. A share that came after the forest was read is left out."""
        nobody = np.zeros(0, dtype=np.int64)
        shares, people = whole_numbers(*self._visits, 2) if self._visits and len(self.ids) else (nobody, nobody)
        if not len(shares):
            return nobody, nobody
        order = np.argsort(self.ids)
        place = order[np.searchsorted(self.ids, shares, sorter=order).clip(max=len(order) - 1)]
        known = self.ids[place] == shares
        return self.cascades.tree[place[known]], people[known]


def shares_of(brand: Brand, kit: Kit | None) -> ReadForest:
    """The shares of a brand, or of the cascades whose root shared this kit."""
    kit_id = kit.pk if kit else None
    return ReadForest(SHARES, [brand.pk, kit_id, kit_id], visited_in=brand.pk)


def shares_under(share: Share) -> ReadForest:
    """A share and all that grew from it."""
    return ReadForest(SHARES_UNDER, [share.pk], visited_in=share.brand_id)


def kocs_of(brand: Brand) -> ReadForest:
    """The KOCs of a brand under their sponsors."""
    return ReadForest(KOCS, [brand.pk])


def largest_cascades(read: ReadForest, *, most: int, nodes_each: int) -> list[Graph]:
    """The graphs of the largest cascades, the largest first, each with at most its first nodes by depth and time; `graph["size"]` is its whole size."""
    sizes = read.cascades.size
    chosen = np.argsort(-sizes, kind="stable")[:most]
    graphs = []
    for tree in chosen.tolist():
        members = np.flatnonzero(read.cascades.tree == tree)
        first = members[np.lexsort((members, read.at[members], read.forest.depth[members]))][:nodes_each]
        graph = cascade_graph(Link(node, None if parent < 0 else parent) for node, parent in zip(first.tolist(), read.parent[first].tolist(), strict=True))
        graph.graph.update(size=int(sizes[tree]), virality=read.cascades.virality[tree], depth=int(read.cascades.depth[tree]))
        graphs.append(graph)
    return graphs
