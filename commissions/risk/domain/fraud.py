"""Signals of fraud: each kind with its default thresholds, and rings of KOCs who buy from one another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx

from commissions.plans.domain.rates import BPS
from foundation.money.units import COUNT, RATE, Unit
from foundation.texts.messages import Message

SELF_PURCHASE, DEVICE, PAYEE, CLICK_TO_ORDER = "self_purchase", "device", "payee", "click_to_order"
REFUND_RATE, CLICK_FLOOD, RING, KNOWN_LATER = "refund_rate", "click_flood", "ring", "known_later"


@dataclass(frozen=True, slots=True)
class Kind:
    """A signal is raised when the measured number reaches `threshold`; `beside` is a second threshold, without which
    the first means little."""

    threshold: int
    measured: Message
    beside: int
    besides: Message | None
    days: int
    fresh: int = 1
    """how many facts must be new, or it is the same evidence again"""
    unit: Unit = COUNT
    unit_beside: Unit = COUNT


# Why these numbers: docs/network.md, "Signals".
KINDS: Mapping[str, Kind] = {
    SELF_PURCHASE: Kind(
        2, Message("orders by other accounts that used a device of the KOC's own customer account"), 0, None, 90
    ),
    DEVICE: Kind(3, Message("customers of this KOC who used one device"), 0, None, 90),
    PAYEE: Kind(2, Message("memberships whose payee is one person"), 0, None, 0),
    CLICK_TO_ORDER: Kind(
        3, Message("orders paid too soon after their click"), 10, Message("seconds: sooner than that"), 30
    ),
    REFUND_RATE: Kind(
        5000, Message("of the KOC's orders came back"), 10, Message("orders at least"), 90, fresh=3, unit=RATE
    ),
    CLICK_FLOOD: Kind(
        200,
        Message("visits of one share within an hour that were kept apart as repeats or floods"),
        5000,
        Message("of that hour's visits at least"),
        3,
        unit_beside=RATE,
    ),
    RING: Kind(
        5000,
        Message("of each member's sales were bought by the other members"),
        4,
        Message("orders among them at least"),
        90,
        unit=RATE,
    ),
    KNOWN_LATER: Kind(
        1,
        Message(
            "orders that were credited as new customers' and, as is known now, are of people who had bought before"
        ),
        0,
        None,
        90,
    ),
}


class Purchases(NamedTuple):
    """What one KOC bought through another, as a customer."""

    buyer: int
    seller: int
    orders: int
    minor: int


class Ring(NamedTuple):
    """KOCs who buy from one another in a circle; `mutual_bps` is the smallest part of a member's sales that is sold
    inside of it."""

    members: tuple[int, ...]
    orders: int
    mutual_bps: int


def rings(
    bought: Iterable[Purchases], sold_minor: Mapping[int, int], *, threshold_bps: int, least_orders: int
) -> list[Ring]:
    """The largest groups in which everybody can be reached from everybody along purchases, and sells at least
    `threshold_bps` inside of the group.

    `sold_minor` is all that a KOC sold, to anybody. A KOC who sells less inside is removed from the group, and the rest
    is checked again: a smaller group never holds more of anybody's sales, so the groups do not depend on the order of
    removal, and a dense ring inside of a large loose one is found."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for purchases in bought:
        if purchases.buyer != purchases.seller and purchases.minor > 0:
            graph.add_edge(purchases.buyer, purchases.seller, orders=purchases.orders, minor=purchases.minor)
    found_rings: list[Ring] = []
    waiting = [graph]
    while waiting:
        for members in nx.strongly_connected_components(waiting.pop()):
            group = graph.subgraph(members)
            loose = {koc for koc in members if _mutual_bps(group, koc, sold_minor) < threshold_bps}
            if len(members) > 1 and loose:
                waiting.append(group.subgraph(members - loose))
            elif len(members) > 1 and (orders := group.size(weight="orders")) >= least_orders:
                found_rings.append(
                    Ring(
                        tuple(sorted(members)), int(orders), min(_mutual_bps(group, koc, sold_minor) for koc in members)
                    )
                )
    return sorted(found_rings)


def _mutual_bps(group: "nx.DiGraph[int]", koc: int, sold_minor: Mapping[int, int]) -> int:
    inside: int = group.in_degree(koc, weight="minor")
    return min(BPS, inside * BPS // max(1, sold_minor.get(koc, inside)))
