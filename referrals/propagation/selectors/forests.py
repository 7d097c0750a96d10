"""Forests as the database has them, as arrays: a brand's shares, its KOCs, or all that grew from one share."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, LiteralString

import networkx as nx
import numpy as np

from accounts.brands.models import Brand
from content.kits.models import Kit
from foundation.postgres.arrays import whole_numbers
from referrals.propagation.domain.graphs import Graph, TreeEdge, cascade_graph
from referrals.propagation.domain.metrics import measure
from referrals.tree.domain.forests import IntArray, grow, parent_positions

# The parent is the truth; root and depth are computed. No moment separates a share from its parent: it is never earlier
# than that.
SHARES: LiteralString = """
    WITH RECURSIVE chosen AS (
        SELECT share.id, COALESCE(share.parent_id, 0) AS parent, share.koc_id AS koc, (extract(epoch FROM share.shared_at) * 1000000)::bigint AS at
        FROM referrals_share share JOIN referrals_share root ON root.id = COALESCE(share.root_id, share.id)
        WHERE share.brand_id = %(brand)s AND (%(kit)s::bigint IS NULL OR root.kit_id = %(kit)s) AND share.shared_at <= %(as_of)s
    )"""
# All that grew from some shares; one of them that grew from another is no root of its own. OFFSET 0 keeps look-ups by
# key at every level of a deep one.
SHARES_BELOW: LiteralString = """
    WITH RECURSIVE below(id) AS (
        SELECT share.id FROM referrals_share share
        WHERE share.brand_id = %(brand)s AND share.shared_at <= %(as_of)s AND (share.id = ANY(%(shares)s) OR share.koc_id = ANY(%(kocs)s))
        UNION
        SELECT child.id FROM below
        CROSS JOIN LATERAL (SELECT id FROM referrals_share WHERE parent_id = below.id AND shared_at <= %(as_of)s OFFSET 0) AS child
    ), chosen AS (
        SELECT share.id, COALESCE(above.id, 0) AS parent, share.koc_id AS koc, (extract(epoch FROM share.shared_at) * 1000000)::bigint AS at
        FROM below JOIN referrals_share share ON share.id = below.id LEFT JOIN below above ON above.id = share.parent_id
    )"""
# The sponsor at a moment is the one whom the first later change left, else the current one.
KOCS: LiteralString = """
    WITH RECURSIVE chosen AS (
        SELECT place.koc_id AS id, COALESCE(CASE WHEN past.id IS NULL THEN place.sponsor_id ELSE past.sponsor_before_id END, 0) AS parent,
            place.koc_id AS koc, (extract(epoch FROM koc.joined_at) * 1000000)::bigint AS at
        FROM referrals_sponsorship place
        JOIN accounts_koc koc ON koc.id = place.koc_id AND koc.status = 'active' AND COALESCE(koc.approved_at, koc.joined_at) <= %(as_of)s
        LEFT JOIN (
            SELECT DISTINCT ON (koc_id) koc_id AS id, sponsor_before_id FROM referrals_sponsorchange WHERE changed_at > %(as_of)s
            ORDER BY koc_id, changed_at, referrals_sponsorchange.id
        ) AS past ON past.id = place.koc_id
        WHERE place.brand_id = %(brand)s
    )"""
NODES: LiteralString = "SELECT id, parent, koc, at FROM chosen"
# People are numbered: a KOC by twice its id; a visitor by an odd number, unless the visitor's key is a KOC's key: then
# it is that KOC.
VISITORS: LiteralString = """
    SELECT seen.share_id, COALESCE(2 * koc.id, 2 * dense_rank() OVER (ORDER BY seen.visitor COLLATE "C") + 1), seen.visits
    FROM (
        SELECT visit.share_id, visit.visitor, count(*) AS visits FROM referrals_visit visit JOIN chosen ON chosen.id = visit.share_id
        WHERE visit.uncounted = '' AND visit.visited_at <= %(as_of)s GROUP BY visit.share_id, visit.visitor
    ) seen
    LEFT JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = seen.visitor"""
EVER = datetime.max.replace(tzinfo=UTC)


class ReadForest:
    """A forest as it was read: its nodes, and what was computed from them. Shares have visits, KOCs have none."""

    def __init__(self, source: LiteralString, params: dict[str, Any], *, are_shares: bool) -> None:
        self.as_of: datetime = params["as_of"]
        self.ids, parents, self.kocs, self.at = whole_numbers(source + NODES, params, 4)
        if not are_shares:
            parents[~np.isin(parents, self.ids)] = (
                0  # under somebody who is not active, or was not yet: the first of a tree
            )
        self.parent = parent_positions(self.ids, parents)
        self.forest = grow(self.parent)
        self.cascades = measure(self.forest)
        self._visits = (source + VISITORS, params) if are_shares else None

    def sharers(self) -> tuple[IntArray, IntArray]:
        """Trees and the people in them, side by side."""
        return self.cascades.tree, 2 * self.kocs

    @cached_property
    def visits(self) -> tuple[IntArray, IntArray, IntArray]:
        """Nodes, the people who visited them, and how often they did, side by side. A share that came after the forest
        was read is left out."""
        empty = np.zeros(0, dtype=np.int64)
        shares, people, times = (
            whole_numbers(*self._visits, 3) if self._visits and len(self.ids) else (empty, empty, empty)
        )
        if not len(shares):
            return empty, empty, empty
        order = np.argsort(self.ids)
        position = order[np.searchsorted(self.ids, shares, sorter=order).clip(max=len(order) - 1)]
        present = self.ids[position] == shares
        return position[present], people[present], times[present]

    def visitors(self) -> tuple[IntArray, IntArray]:
        """Trees and the people who visited them, side by side."""
        nodes, people, _ = self.visits
        return self.cascades.tree[nodes], people


def shares_of(brand: Brand, kit: Kit | None, *, as_of: datetime = EVER) -> ReadForest:
    """The shares of a brand, or of the cascades whose root shared this kit."""
    return ReadForest(SHARES, {"brand": brand.pk, "kit": kit.pk if kit else None, "as_of": as_of}, are_shares=True)


def shares_below(
    brand: Brand, *, shares: Sequence[int] = (), kocs: Sequence[int] = (), as_of: datetime = EVER
) -> ReadForest:
    """These shares, those of these KOCs, and all that grew from them."""
    return ReadForest(
        SHARES_BELOW, {"brand": brand.pk, "shares": list(shares), "kocs": list(kocs), "as_of": as_of}, are_shares=True
    )


def kocs_of(brand: Brand, *, as_of: datetime = EVER) -> ReadForest:
    """The KOCs of a brand under their sponsors."""
    return ReadForest(KOCS, {"brand": brand.pk, "as_of": as_of}, are_shares=False)


def largest_cascades(read: ReadForest, *, most: int, nodes_each: int) -> list[Graph]:
    """The graphs of the largest cascades, the largest first, each with at most its first nodes by depth and time;
    `graph["size"]` is its whole size.

    A node's `reach` is how many people opened it.
    """
    sizes = read.cascades.size
    chosen = np.argsort(-sizes, kind="stable")[:most]
    opened = np.bincount(read.visits[0], minlength=len(read.ids))
    graphs = []
    for tree in chosen.tolist():
        members = np.flatnonzero(read.cascades.tree == tree)
        first = members[np.lexsort((members, read.at[members], read.forest.depth[members]))][:nodes_each]
        graph = cascade_graph(
            TreeEdge(node, None if parent < 0 else parent)
            for node, parent in zip(first.tolist(), read.parent[first].tolist(), strict=True)
        )
        nx.set_node_attributes(graph, dict(zip(first.tolist(), opened[first].tolist(), strict=True)), "reach")
        graph.graph.update(
            size=int(sizes[tree]), virality=read.cascades.virality[tree], depth=int(read.cascades.depth[tree])
        )
        graphs.append(graph)
    return graphs
