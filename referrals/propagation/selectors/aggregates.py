"""Cascades from their aggregates: the same numbers as measuring them, without reading a share. Only facts that are
aggregated count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.brands.models import Brand
from accounts.people.selectors.people import people_known
from content.kits.models import Kit
from referrals.propagation.domain import curves
from referrals.propagation.selectors.forests import EVER
from referrals.propagation.selectors.propagation import DRAWN, CascadeMeasures, Measures, Propagation, drawn_nodes
from referrals.propagation.selectors.spread import LayerOfSpread
from referrals.shares.models import Share

AGGREGATES = """
    SELECT cascade.root_id, COALESCE(root.key, root.code), kit.audience_size, cascade.shares, cascade.people, cascade.reach,
        (cascade.shares * cascade.size_sum - cascade.square_sum)::numeric(40), layer.shares, layer.visits, layer.people, layer.first_at
    FROM referrals_cascade cascade JOIN referrals_share root ON root.id = cascade.root_id JOIN content_kit kit ON kit.id = root.kit_id
    JOIN LATERAL (
        SELECT array_agg(shares ORDER BY depth) AS shares, array_agg(visits ORDER BY depth) AS visits, array_agg(people ORDER BY depth) AS people,
            array_agg(first_at ORDER BY depth) AS first_at
        FROM referrals_cascadelayer WHERE root_id = cascade.root_id
    ) AS layer ON true
    WHERE cascade.shares > 0 AND """  # none: its visits are aggregated, and its shares could not be yet
OF_BRAND, OF_ROOT = (
    "cascade.brand_id = %(brand)s AND (%(kit)s::bigint IS NULL OR root.kit_id = %(kit)s)",
    "cascade.root_id = %(root)s",
)


@dataclass(frozen=True, slots=True)
class CascadeAggregate:
    """The aggregates of one cascade; the columns go by depth."""

    root: int
    name: str
    audience: int | None
    size: int
    people: int
    reach: int
    wiener: int
    shares: list[int]
    visits: list[int]
    persons: list[int]
    first_at: list[datetime | None]

    def layers(self) -> list[LayerOfSpread]:
        return [
            LayerOfSpread(depth, *row)
            for depth, row in enumerate(zip(self.shares, self.visits, self.persons, strict=True))
            if any(row)
        ]


def aggregated_cascades(brand: Brand, *, kit: Kit | None = None) -> list[CascadeMeasures]:
    """What `share_cascades` measures, as far as it is aggregated."""
    known_people = people_known(brand, at=EVER)
    cascades = [
        _measures(cascade, known_people)
        for cascade in _cascades(OF_BRAND, {"brand": brand.pk, "kit": kit.pk if kit else None})
    ]
    return sorted(cascades, key=lambda cascade: cascade.root)


def aggregated_propagation(share: Share) -> Propagation | None:
    """What `share_propagation` measures of a share without a parent, as far as it is aggregated; none for other shares,
    and for one that is not aggregated yet."""
    cascades = _cascades(OF_ROOT, {"root": share.pk})
    if not cascades:
        return None
    [cascade] = cascades
    measures = _measures(cascade, people_known(share.brand, at=EVER))
    first = (
        Share.objects.filter(root=share)
        .order_by("depth", "shared_at", "pk")
        .values_list("pk", "parent_id", "depth")[: DRAWN - 1]
    )
    layers = cascade.layers()
    return Propagation(
        **{name: getattr(measures, name) for name in Measures.__dataclass_fields__},
        layers=layers,
        decentralisation=curves.decentralisation([layer.people for layer in layers]),
        nodes=drawn_nodes([(share.pk, None, 0), *first]),
        truncated=cascade.size > DRAWN,
    )


def _cascades(condition: str, params: dict[str, int | None]) -> Sequence[CascadeAggregate]:
    with connection.cursor() as cursor:
        cursor.execute(AGGREGATES + condition, params)
        return [CascadeAggregate(*row) for row in cursor.fetchall()]


def _measures(cascade: CascadeAggregate, known_people: int) -> CascadeMeasures:
    breadth = [count for count in cascade.shares if count]  # a layer with visitors only is no layer of shares
    root_at = cascade.first_at[0]
    return CascadeMeasures(
        root=cascade.name,
        size=cascade.size,
        people=cascade.people,
        depth=len(breadth) - 1,
        max_breadth=max(breadth),
        structural_virality=curves.structural_virality(cascade.size, int(cascade.wiener)),
        breadth_by_depth=breadth,
        reach=cascade.reach,
        coverage=curves.coverage(cascade.reach, known_people if cascade.audience is None else cascade.audience),
        influence_horizon=curves.influence_horizon(breadth),
        reproduction=curves.reproduction(breadth),
        time_to_depth_seconds=[(at - root_at).total_seconds() for at in cascade.first_at if at and root_at],
    )
