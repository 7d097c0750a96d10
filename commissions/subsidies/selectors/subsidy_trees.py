"""Where every yuan of a subsidy went, and the sales that followed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.subsidies.models import Subsidy

# A node is the grant or an allocation, with the sales that were credited to its recipient and paid since, of a shared
# sale their part. A recipient of several allocations in a tree has several nodes: `is_first` marks the one whose sales
# count in the sum.
NODES = """
WITH RECURSIVE tree AS (
    SELECT id AS root, id AS subsidy, 0::bigint AS allocation, NULL::bigint AS giver, koc_id AS koc, 'grant'::varchar AS kind, own_minor AS money,
        granted_at AS since, note, ARRAY[]::bigint[] AS path
    FROM commissions_subsidy WHERE brand_id = %(brand)s AND (%(root)s::bigint IS NULL AND parent_id IS NULL OR id = %(root)s)
    UNION ALL
    SELECT tree.root, allocation.child_id, allocation.id, tree.koc, allocation.to_id, allocation.kind,
        CASE allocation.kind WHEN 'money' THEN allocation.amount_minor ELSE 0 END, allocation.allocated_at, allocation.note, tree.path || allocation.id
    FROM tree JOIN commissions_allocation allocation ON allocation.subsidy_id = tree.subsidy
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY root, koc ORDER BY since, path) = 1 AS is_first FROM tree ORDER BY root, path LIMIT %(most)s
)
SELECT node.root, node.subsidy, node.allocation, CASE node.kind WHEN 'grant' THEN NULL ELSE COALESCE(node.path[cardinality(node.path) - 1], 0) END,
    cardinality(node.path), giver.key, koc.id, koc.key, koc.name, node.kind, node.money,
    COALESCE(budget.hand_on_minor, 0), COALESCE(budget.allocated_minor, 0), COALESCE(budget.returned_minor, 0), node.since, budget.expires_at, node.note,
    node.is_first, sales.orders, sales.gmv
FROM numbered node
JOIN accounts_koc koc ON koc.id = node.koc
LEFT JOIN accounts_koc giver ON giver.id = node.giver
LEFT JOIN commissions_subsidy budget ON budget.id = node.subsidy
CROSS JOIN LATERAL (
    SELECT count(DISTINCT sale.id) AS orders, COALESCE(round(sum(line.base_minor::numeric * credit.credit_bps) / 10000), 0)::bigint AS gmv
    FROM commissions_ordercredit credit
    JOIN commissions_order sale ON sale.id = credit.order_id AND sale.paid_at >= node.since
    JOIN commissions_orderline line ON line.order_id = sale.id
    WHERE credit.koc_id = node.koc
) AS sales
ORDER BY node.root, node.path
"""


class SubsidyNode(NamedTuple):
    """A grant or an allocation in its tree. `money_minor` is what its recipient got for themself, `budget_minor` what
    they got to hand on.

    `allocation` is its number, 0 for the grant; `above` the number of the node that it came from.
    """

    root: int
    subsidy: int | None
    allocation: int
    above: int | None
    depth: int
    giver: str | None
    koc_id: int
    koc: str
    koc_name: str
    kind: str
    money_minor: int
    budget_minor: int
    allocated_minor: int
    returned_minor: int
    given_at: datetime
    expires_at: datetime | None
    note: str
    is_first: bool
    orders: int
    gmv_minor: int

    @property
    def left_minor(self) -> int:
        return self.budget_minor - self.allocated_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class SubsidyTree:
    """A grant with all allocations of it, parents before their children.

    `cost_minor` is what people got for themselves. `orders` and `gmv_minor` are the sales credited to the recipients,
    and to the KOC of the grant, from when each first got something here until now: each person's once."""

    nodes: list[SubsidyNode]
    cost_minor: int
    orders: int
    gmv_minor: int

    @property
    def root(self) -> SubsidyNode:
        return self.nodes[0]

    @property
    def returned_minor(self) -> int:
        return sum(node.returned_minor for node in self.nodes)

    @property
    def left_minor(self) -> int:
        return sum(node.left_minor for node in self.nodes)


def subsidy_tree(subsidy: Subsidy, *, most: int) -> SubsidyTree:
    """The tree of one subsidy; of a tree with more than `most` nodes the first ones."""
    return _tree(list(_nodes(subsidy.brand_id, subsidy.pk, most)))


def subsidy_trees(brand: Brand) -> Iterator[SubsidyTree]:
    """Every subsidy that the brand granted, in the order of granting; one tree at a time is in memory."""
    for _, nodes in groupby(_nodes(brand.pk, None, None), key=attrgetter("root")):
        yield _tree(list(nodes))


def _nodes(brand: int, root: int | None, most: int | None) -> Iterator[SubsidyNode]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(NODES, {"brand": brand, "root": root, "most": most})
        for row in cursor:
            yield SubsidyNode(*row)


def _tree(nodes: list[SubsidyNode]) -> SubsidyTree:
    people = [node for node in nodes if node.is_first]
    cost = sum(node.money_minor for node in nodes)
    return SubsidyTree(nodes, cost, sum(node.orders for node in people), sum(node.gmv_minor for node in people))
