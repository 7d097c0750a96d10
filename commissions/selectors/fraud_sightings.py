"""What looks like fraud at a brand: one statement a kind, however many KOCs there are. What staff dismissed counts no more, and nothing is evidence twice."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from commissions.domain import fraud
from commissions.domain.fraud import KINDS

MOST = 1_000  # of a kind in one search, the worst first; the others are found by the next


class Sighting(NamedTuple):
    """Something of a KOC that reaches its threshold. `facts` are what is new, as columns of SignalFact; `evidence` are counts."""

    koc: int
    measured: int
    evidence: dict[str, Any]
    facts: list[dict[str, Any]]


# What earlier signals of the kind rest on. Open and confirmed ones still count, dismissed ones do not; none of them is new.
NAMED = """
named AS MATERIALIZED (
    SELECT fact.koc_id, fact.order_id, fact.customer_id, fact.other_id, fact.share_id, fact.hour, signal.state
    FROM commissions_signal signal JOIN commissions_signalfact fact ON fact.signal_id = signal.id
    WHERE signal.brand_id = %(brand)s AND signal.kind = %(kind)s
)"""
SOLD = """
FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.answered_at IS NOT NULL
"""
REFUND_RATE = f"""
WITH {NAMED}, sold AS (
    SELECT credit.koc_id, sale.id, EXISTS (
        SELECT FROM commissions_refund WHERE brand_id = sale.brand_id AND order_key = sale.key AND status = 'applied' AND refunded_at <= %(at)s
    ) AS came_back {SOLD}
)
SELECT sold.koc_id, count(*) FILTER (WHERE came_back) * 10000 / count(*),
    json_build_object('orders', count(*), 'came_back', count(*) FILTER (WHERE came_back)), array_agg(id) FILTER (WHERE came_back AND state IS NULL)
FROM sold LEFT JOIN named ON named.koc_id = sold.koc_id AND named.order_id = sold.id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY sold.koc_id
HAVING count(*) >= %(beside)s AND count(*) FILTER (WHERE came_back) * 10000 >= %(threshold)s * count(*)
    AND count(*) FILTER (WHERE came_back AND state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# Paid before the click: two clocks that differ, and no person. The order of whoever is credited by another way than that click is not asked about.
CLICK_TO_ORDER = f"""
WITH {NAMED}, clicked AS (
    SELECT credit.koc_id, sale.id, sale.paid_at - visit.visited_at AS took
    FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
    JOIN referrals_visit visit ON visit.id = sale.given_click_id JOIN referrals_share share ON share.id = visit.share_id AND share.koc_id = credit.koc_id
    WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.answered_at IS NOT NULL
)
SELECT clicked.koc_id, count(*) FILTER (WHERE is_fast),
    json_build_object('orders_by_click', count(*), 'fastest_seconds', min(extract(epoch FROM took)) FILTER (WHERE is_fast)),
    array_agg(id) FILTER (WHERE is_fast AND state IS NULL)
FROM clicked CROSS JOIN LATERAL (SELECT took >= interval '0' AND took < %(beside)s * interval '1 second' AS is_fast) AS said
LEFT JOIN named ON named.koc_id = clicked.koc_id AND named.order_id = clicked.id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY clicked.koc_id
HAVING count(*) FILTER (WHERE is_fast) >= %(threshold)s AND count(*) FILTER (WHERE is_fast AND state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants


class Terms(NamedTuple):
    """What is looked for, and how far back."""

    brand: int
    kind: str
    at: datetime
    threshold: int
    beside: int
    days: int

    def asked(self) -> dict[str, Any]:
        return self._asdict() | {"since": self.at - timedelta(days=self.days), "fresh": KINDS[self.kind].fresh, "most": MOST}


def _found(query: str, terms: Terms) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, terms.asked())
        return cursor.fetchall()


def _by(query: str, column: str) -> Callable[[Terms], list[Sighting]]:
    """Sightings by a statement that gives KOC, measured, evidence, and what is new as ids of one column."""

    def sightings(terms: Terms) -> list[Sighting]:
        return [Sighting(koc, measured, _read(said), [{column: pk} for pk in sorted(new)]) for koc, measured, said, new in _found(query, terms)]

    return sightings


def _read(said: Any) -> dict[str, Any]:
    return said if isinstance(said, dict) else dict(json.loads(said))


SEARCHES: dict[str, Callable[[Terms], list[Sighting]]] = {
    fraud.REFUND_RATE: _by(REFUND_RATE, "order_id"),
    fraud.CLICK_TO_ORDER: _by(CLICK_TO_ORDER, "order_id"),
}
