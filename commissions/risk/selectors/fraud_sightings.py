"""Sightings of fraud at a brand: one statement a kind, however many KOCs there are. Facts of dismissed signals no
longer count, and no fact is evidence twice."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from commissions.risk.domain import fraud
from commissions.risk.domain.fraud import KINDS, Purchases, rings
from commissions.risk.models import SignalFact

MOST = 1_000  # of a kind in one search, the worst first; the others are found by the next


class Sighting(NamedTuple):
    """A measure of a KOC that reaches its threshold. `facts` are the new ones, as columns of SignalFact; `evidence` are
    counts."""

    koc: int
    measured: int
    evidence: dict[str, Any]
    facts: list[dict[str, Any]]


# The facts of earlier signals of the kind. Those of open and confirmed signals still count, those of dismissed ones do
# not; none of them is new.
KNOWN_FACTS = """
known_fact AS MATERIALIZED (
    SELECT fact.koc_id, fact.order_id, fact.customer_id, fact.other_id, fact.share_id, fact.hour, signal.state
    FROM commissions_signal signal JOIN commissions_signalfact fact ON fact.signal_id = signal.id
    WHERE signal.brand_id = %(brand)s AND signal.kind = %(kind)s
)"""
SOLD = """
FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.credited_at IS NOT NULL
"""
# Materialized, or each of the sums below would search the refunds again.
REFUND_RATE = f"""
WITH {KNOWN_FACTS}, sold AS MATERIALIZED (
    SELECT credit.koc_id, sale.id, EXISTS (
        SELECT FROM commissions_refund WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND status = 'applied' AND refunded_at <= %(at)s
    ) AS came_back {SOLD}
)
SELECT sold.koc_id, count(*) FILTER (WHERE came_back) * 10000 / count(*),
    json_build_object('orders', count(*), 'came_back', count(*) FILTER (WHERE came_back)), array_agg(id) FILTER (WHERE came_back AND state IS NULL)
FROM sold LEFT JOIN known_fact ON known_fact.koc_id = sold.koc_id AND known_fact.order_id = sold.id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY sold.koc_id
HAVING count(*) >= %(beside)s AND count(*) FILTER (WHERE came_back) * 10000 >= %(threshold)s * count(*)
    AND count(*) FILTER (WHERE came_back AND state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# Paid before the click: the two clocks differ, which is no sign of fraud. An order that is credited in another way than
# by that click is left out.
CLICK_TO_ORDER = f"""
WITH {KNOWN_FACTS}, clicked AS (
    SELECT credit.koc_id, sale.id, sale.paid_at - visit.visited_at AS took
    FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
    JOIN referrals_visit visit ON visit.id = sale.given_click_id JOIN referrals_share share ON share.id = visit.share_id AND share.koc_id = credit.koc_id
    WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.credited_at IS NOT NULL
)
SELECT clicked.koc_id, count(*) FILTER (WHERE is_fast),
    json_build_object('orders_by_click', count(*), 'fastest_seconds', min(extract(epoch FROM took)) FILTER (WHERE is_fast)),
    array_agg(id) FILTER (WHERE is_fast AND state IS NULL)
FROM clicked CROSS JOIN LATERAL (SELECT took >= interval '0' AND took < %(beside)s * interval '1 second' AS is_fast) AS speed
LEFT JOIN known_fact ON known_fact.koc_id = clicked.koc_id AND known_fact.order_id = clicked.id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY clicked.koc_id
HAVING count(*) FILTER (WHERE is_fast) >= %(threshold)s AND count(*) FILTER (WHERE is_fast AND state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# Customers of a KOC who used a device on which the KOC's own customer account (the same phone) was seen. The orders of
# that account itself do not count.
SELF_PURCHASE = f"""
WITH {KNOWN_FACTS}, bought AS MATERIALIZED (
    SELECT credit.koc_id, sale.customer_id, count(*) AS orders {SOLD} AND sale.customer_id IS NOT NULL GROUP BY 1, 2
), own AS MATERIALIZED (
    SELECT koc.id AS koc_id, self.id AS self_id, known.visitor
    FROM accounts_customer self JOIN accounts_user login ON login.phone = self.phone JOIN accounts_koc koc ON koc.user_id = login.id
    JOIN referrals_acquaintance known ON known.customer_id = self.id
    WHERE self.brand_id = %(brand)s AND koc.brand_id = %(brand)s AND self.phone <> ''
), other AS (
    SELECT DISTINCT own.koc_id, known.customer_id
    FROM own JOIN referrals_acquaintance known ON known.visitor = own.visitor AND known.customer_id <> own.self_id
)
SELECT koc_id, sum(orders), json_build_object('accounts', count(*), 'orders', sum(orders)), array_agg(customer_id) FILTER (WHERE state IS NULL)
FROM bought JOIN other USING (koc_id, customer_id) LEFT JOIN known_fact USING (koc_id, customer_id)
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY koc_id
HAVING sum(orders) >= %(threshold)s AND count(*) FILTER (WHERE state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
DEVICE = f"""
WITH {KNOWN_FACTS}, bought AS MATERIALIZED (
    SELECT DISTINCT credit.koc_id, sale.customer_id {SOLD} AND sale.customer_id IS NOT NULL
), on_one AS (
    SELECT koc_id, known.visitor, count(*) AS customers, array_agg(customer_id) FILTER (WHERE state IS NULL) AS fresh
    FROM bought JOIN referrals_acquaintance known USING (customer_id) LEFT JOIN known_fact USING (koc_id, customer_id)
    WHERE state IS DISTINCT FROM 'dismissed' GROUP BY 1, 2
    HAVING count(*) >= %(threshold)s AND count(*) FILTER (WHERE state IS NULL) >= %(fresh)s
)
SELECT koc_id, max(customers), json_build_object('devices', count(DISTINCT visitor), 'customers', count(DISTINCT customer)), array_agg(DISTINCT customer)
FROM on_one CROSS JOIN LATERAL unnest(fresh) AS customer GROUP BY koc_id
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# Each membership but the person's first has a sighting, so that two memberships are one signal.
PAYEE = f"""
WITH {KNOWN_FACTS}, member AS MATERIALIZED (
    SELECT koc.id AS koc_id, payee.person FROM accounts_koc koc JOIN commissions_payee payee ON payee.user_id = koc.user_id
    WHERE koc.brand_id = %(brand)s AND koc.status = 'active'
)
SELECT later.koc_id, count(*) + 1, json_build_object('memberships', count(*) + 1), array_agg(earlier.koc_id) FILTER (WHERE state IS NULL)
FROM member later JOIN member earlier ON earlier.person = later.person AND earlier.koc_id < later.koc_id
LEFT JOIN known_fact ON known_fact.koc_id = later.koc_id AND known_fact.other_id = earlier.koc_id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY later.koc_id
HAVING count(*) + 1 >= %(threshold)s AND count(*) FILTER (WHERE state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# Credited as a new customer's, and of a person who bought before under another number: the phone that says so was told
# later, or was blocked then. The answer stands. An earlier order of the same number that was told late is no such news.
KNOWN_LATER = f"""
WITH {KNOWN_FACTS}, new AS MATERIALIZED (
    SELECT DISTINCT credit.koc_id, sale.id, sale.paid_at, sale.shop, sale.key, buyer.id AS buyer, buyer.phone
    FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
    JOIN accounts_customer buyer ON buyer.id = sale.customer_id AND buyer.phone <> ''
    WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.credited_at IS NOT NULL AND sale.customer_is_new
        AND NOT EXISTS (SELECT FROM accounts_blockedphone WHERE brand_id = %(brand)s AND phone = buyer.phone)
), known AS (
    SELECT koc_id, id FROM new WHERE EXISTS (
        SELECT FROM accounts_customer same JOIN commissions_order earlier ON earlier.customer_id = same.id
        WHERE same.brand_id = %(brand)s AND same.phone = new.phone AND same.phone <> '' AND same.id <> new.buyer
            AND (earlier.paid_at, earlier.shop, earlier.key) < (new.paid_at, new.shop, new.key)
            AND NOT EXISTS (
                SELECT FROM commissions_refund
                WHERE (brand_id, shop, order_key) = (%(brand)s, earlier.shop, earlier.key) AND kind = 'cancellation' OFFSET 0)
    )
)
SELECT known.koc_id, count(*), json_build_object('orders', count(*)), array_agg(id) FILTER (WHERE state IS NULL)
FROM known LEFT JOIN known_fact ON known_fact.koc_id = known.koc_id AND known_fact.order_id = known.id
WHERE state IS DISTINCT FROM 'dismissed' GROUP BY known.koc_id
HAVING count(*) >= %(threshold)s AND count(*) FILTER (WHERE state IS NULL) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants
# The sales of KOCs who also buy, by buyer: the KOC whose phone the customer has, or NULL when no KOC of the brand has
# it. All sums are of the KOC's part of the credit.
TRADE = """
WITH sold AS MATERIALIZED (
    SELECT credit.koc_id AS seller, buyer.id AS buyer, sale.id AS sale_id, credit.credit_bps
    FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
    LEFT JOIN accounts_customer customer ON customer.id = sale.customer_id AND customer.phone <> ''
    LEFT JOIN accounts_user login ON login.phone = customer.phone
    LEFT JOIN accounts_koc buyer ON buyer.user_id = login.id AND buyer.brand_id = %(brand)s
    WHERE sale.brand_id = %(brand)s AND sale.paid_at > %(since)s AND sale.paid_at <= %(at)s AND sale.credited_at IS NOT NULL
)
SELECT seller, buyer, count(*), COALESCE(sum(bought.base_minor * credit_bps) / 10000, 0)::bigint
FROM sold CROSS JOIN LATERAL (SELECT sum(base_minor) AS base_minor FROM commissions_orderline WHERE order_id = sold.sale_id) AS bought
WHERE seller IN (SELECT buyer FROM sold WHERE buyer <> seller) GROUP BY 1, 2
"""
# Hours that are over. A share that many people open has few repeats for its visits; robots are counted on neither side.
CLICK_FLOOD = f"""
WITH {KNOWN_FACTS}, hourly AS (
    SELECT share.koc_id, share.id AS share_id, date_trunc('hour', visit.visited_at, 'UTC') AS hour,
        count(*) FILTER (WHERE visit.uncounted <> '') AS apart, count(*) AS visits
    FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id
    WHERE share.brand_id = %(brand)s AND visit.uncounted <> 'robot'
        AND visit.visited_at >= date_trunc('hour', %(since)s, 'UTC') AND visit.visited_at < date_trunc('hour', %(at)s, 'UTC')
    GROUP BY 1, 2, 3
    HAVING count(*) FILTER (WHERE visit.uncounted <> '') >= %(threshold)s
        AND count(*) FILTER (WHERE visit.uncounted <> '') * 10000 >= %(beside)s * count(*)
)
SELECT koc_id, max(apart), json_build_object('hours', count(*), 'visits', sum(visits), 'kept_apart', sum(apart)),
    array_agg(share_id ORDER BY hour, share_id), array_agg(hour ORDER BY hour, share_id)
FROM hourly LEFT JOIN known_fact USING (koc_id, share_id, hour) WHERE state IS NULL GROUP BY koc_id
HAVING count(*) >= %(fresh)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""  # noqa: S608  constants


class SightingTerms(NamedTuple):
    """What is searched, and how far back."""

    brand: int
    kind: str
    at: datetime
    threshold: int
    beside: int
    days: int

    def params(self) -> dict[str, Any]:
        return self._asdict() | {
            "since": self.at - timedelta(days=self.days),
            "fresh": KINDS[self.kind].fresh,
            "most": MOST,
        }


def _rows(query: str, terms: SightingTerms) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, terms.params())
        return cursor.fetchall()


def _search_by(query: str, column: str) -> Callable[[SightingTerms], list[Sighting]]:
    """A search by a statement that returns KOC, measured, evidence, and the new facts as ids of one column."""

    def sightings(terms: SightingTerms) -> list[Sighting]:
        return [
            Sighting(koc, measured, _parsed(evidence), [{column: pk} for pk in sorted(new)])
            for koc, measured, evidence, new in _rows(query, terms)
        ]

    return sightings


def _parsed(evidence: Any) -> dict[str, Any]:
    return evidence if isinstance(evidence, dict) else dict(json.loads(evidence))


def _floods(terms: SightingTerms) -> list[Sighting]:
    return [
        Sighting(
            koc,
            measured,
            _parsed(evidence),
            [{"share_id": share, "hour": hour} for share, hour in zip(shares, hours, strict=True)],
        )
        for koc, measured, evidence, shares, hours in _rows(CLICK_FLOOD, terms)
    ]


def _rings(terms: SightingTerms) -> list[Sighting]:
    """The sighting of a ring belongs to the member with the lowest id, who is longest with the brand; the others are
    its facts. A ring whose members are all known together is not new."""
    trade = _rows(TRADE, terms)
    bought = [Purchases(buyer, seller, orders, minor) for seller, buyer, orders, minor in trade if buyer is not None]
    sold: Counter[int] = Counter()
    for seller, _, _, minor in trade:
        sold[seller] += minor
    facts = SignalFact.objects.filter(signal__brand=terms.brand, kind=terms.kind)
    known_pairs = set(facts.values_list("koc", "other"))
    sightings = []
    for ring in rings(bought, sold, threshold_bps=terms.threshold, least_orders=terms.beside):
        first, *others = ring.members
        new = [{"other_id": other} for other in others if (first, other) not in known_pairs]
        if len(new) >= KINDS[terms.kind].fresh:
            sightings.append(
                Sighting(first, ring.mutual_bps, {"members": len(ring.members), "orders_among_them": ring.orders}, new)
            )
    return sorted(sightings, key=lambda sighting: (-sighting.measured, sighting.koc))[:MOST]


SEARCHES: dict[str, Callable[[SightingTerms], list[Sighting]]] = {
    fraud.SELF_PURCHASE: _search_by(SELF_PURCHASE, "customer_id"),
    fraud.DEVICE: _search_by(DEVICE, "customer_id"),
    fraud.PAYEE: _search_by(PAYEE, "other_id"),
    fraud.REFUND_RATE: _search_by(REFUND_RATE, "order_id"),
    fraud.CLICK_FLOOD: _floods,
    fraud.RING: _rings,
    fraud.CLICK_TO_ORDER: _search_by(CLICK_TO_ORDER, "order_id"),
    fraud.KNOWN_LATER: _search_by(KNOWN_LATER, "order_id"),
}
