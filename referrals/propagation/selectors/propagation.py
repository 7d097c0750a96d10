"""How word of mouth travelled: the measures of every cascade of a brand, or of all that grew from one share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Count, Q

from accounts.brands.models import Brand
from accounts.people.models import Koc
from accounts.people.selectors.people import people_known
from content.kits.models import Kit
from referrals.propagation.domain import curves
from referrals.propagation.domain.metrics import distinct_per_tree, time_to_depth
from referrals.propagation.selectors.forests import EVER, ReadForest, kocs_of, shares_below, shares_of
from referrals.propagation.selectors.spread import LayerOfSpread, layers_of
from referrals.shares.models import Share
from referrals.visits.models import Visit

DRAWN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The measures of one cascade. Lists go by depth, from 0; depth and virality are read only beside the size."""

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
class ShareNode:
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

    layers: list[LayerOfSpread]
    decentralisation: float | None
    nodes: list[ShareNode]
    truncated: bool


def share_cascades(brand: Brand, *, kit: Kit | None = None, as_of: datetime = EVER) -> list[CascadeMeasures]:
    """Every cascade of a brand's shares, or those whose root shared this kit, ordered by the root's key (its code when
    it was not imported)."""
    names, audiences = {}, {}
    roots = Share.objects.filter(brand=brand, parent=None, **({"kit": kit} if kit else {}))
    read = shares_of(brand, kit, as_of=as_of)
    for pk, key, code, audience in roots.values_list("pk", "key", "code", "kit__audience_size"):
        names[pk], audiences[pk] = key or code, audience
    return _measures(read, names=names, audiences=audiences, known_people=people_known(brand, at=as_of))


def referral_cascades(brand: Brand, *, as_of: datetime = EVER) -> list[CascadeMeasures]:
    """Every tree of a brand's referral forest, ordered by the key of the KOC at its root. Its reach are the KOCs in
    it."""
    read = kocs_of(brand, as_of=as_of)
    names = dict(Koc.objects.filter(brand=brand).values_list("pk", "key"))
    return _measures(read, names=names, audiences={}, known_people=people_known(brand, at=as_of))


def share_propagation(share: Share) -> Propagation:
    """All that grew from a share, measured as a cascade with that share as its root; at most the first 2,000 shares are
    listed to draw."""
    read = shares_below(share.brand, shares=[share.pk])
    known_people = people_known(share.brand, at=EVER)
    [measures] = _measures(
        read, names={share.pk: share.code}, audiences={share.pk: share.kit.audience_size}, known_people=known_people
    )
    fields = {name: getattr(measures, name) for name in Measures.__dataclass_fields__}
    layers = layers_of(read)
    decentralisation = curves.decentralisation([layer.people for layer in layers])
    return Propagation(
        **fields, layers=layers, decentralisation=decentralisation, nodes=_nodes(read), truncated=len(read.ids) > DRAWN
    )


def _measures(
    read: ReadForest, *, names: dict[int, str], audiences: dict[int, int | None], known_people: int
) -> list[CascadeMeasures]:
    """One entry per tree, ordered by the name of its root."""
    cascades, trees = read.cascades, len(read.cascades)
    people = distinct_per_tree([read.sharers()], trees).tolist()
    reach = distinct_per_tree([read.sharers(), read.visitors()], trees).tolist()
    elapsed = time_to_depth(read.forest, cascades, read.at) / 1_000_000
    measures = []
    for tree, root in enumerate(read.ids[cascades.roots].tolist()):
        breadth = cascades.breadth_by_depth(tree)
        audience = audiences.get(root)
        measures.append(
            CascadeMeasures(
                root=names.get(root, ""),
                size=sum(breadth),
                people=people[tree],
                depth=len(breadth) - 1,
                max_breadth=max(breadth),
                structural_virality=cascades.virality[tree],
                breadth_by_depth=breadth,
                reach=reach[tree],
                coverage=curves.coverage(reach[tree], known_people if audience is None else audience),
                influence_horizon=curves.influence_horizon(breadth),
                reproduction=curves.reproduction(breadth),
                time_to_depth_seconds=elapsed[cascades.start[tree] : cascades.start[tree + 1]].tolist(),
            )
        )
    return sorted(measures, key=lambda cascade: cascade.root)


def _nodes(read: ReadForest) -> list[ShareNode]:
    """The first shares by depth, then time: so a parent always comes before its children."""
    first = np.lexsort((read.ids, read.at, read.forest.depth))[:DRAWN]
    above = np.where(read.parent[first] < 0, 0, read.ids[read.parent[first]])
    return drawn_nodes(
        zip(
            read.ids[first].tolist(),
            (parent or None for parent in above.tolist()),
            read.forest.depth[first].tolist(),
            strict=True,
        )
    )


def drawn_nodes(positions: Iterable[tuple[int, int | None, int]]) -> list[ShareNode]:
    """The shares at these positions, (share, parent, depth), with who made them and how often they were opened."""
    positions = list(positions)
    counted = Count("visits", filter=Q(visits__uncounted=Visit.Uncounted.NO))
    shares = Share.objects.filter(pk__in=[pk for pk, _, _ in positions]).annotate(counted=counted)
    rows = {row["pk"]: row for row in shares.values("pk", "koc__name", "shared_at", "counted")}
    public_ids = {pk: Share.public_id_of(pk) for pk in rows}
    return [
        ShareNode(
            id=public_ids[pk],
            parent=public_ids[parent] if parent else None,
            depth=depth,
            name=rows[pk]["koc__name"],
            shared_at=rows[pk]["shared_at"],
            visits=rows[pk]["counted"],
        )
        for pk, parent, depth in positions
    ]
