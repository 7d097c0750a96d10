"""The leaderboard of a contest."""

from typing import Any, NamedTuple

from django.db import connection

from commissions.earnings.selectors.communities import CANCELLED
from growth.contests.domain import ranks
from growth.contests.models import Contest

# A KOC's part of what was sold, rounded down: a half of 101 is 50 for each of two.
BY_SALES = f"""
SELECT credit.koc_id, sum(sold.base * credit.credit_bps / 10000)::bigint AS score
FROM commissions_order sale JOIN commissions_ordercredit credit ON credit.order_id = sale.id
CROSS JOIN LATERAL (SELECT sum(base_minor)::bigint AS base FROM commissions_orderline WHERE order_id = sale.id) AS sold
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts_at)s AND sale.paid_at < %(ends_at)s AND NOT {CANCELLED}
GROUP BY credit.koc_id
"""  # noqa: S608  constants
BY_RECRUITS = """
SELECT place.sponsor_id AS koc_id, count(*) AS score
FROM referrals_sponsorship place JOIN accounts_koc joined ON joined.id = place.koc_id AND joined.status = 'active'
WHERE place.brand_id = %(brand)s AND place.sponsor_id IS NOT NULL AND joined.joined_at >= %(starts_at)s AND joined.joined_at < %(ends_at)s
GROUP BY place.sponsor_id
"""
BOARD = """
SELECT koc.id, koc.name, scored.score FROM ({scores}) AS scored JOIN accounts_koc koc ON koc.id = scored.koc_id AND koc.status = 'active'
WHERE scored.score > 0 AND scored.score >= %(least)s ORDER BY scored.score DESC, koc.joined_at, koc.id
"""


class Ranked(NamedTuple):
    """One KOC on the board. Equal scores share a rank; among them the KOC who joined first comes first."""

    rank: int
    koc: int
    name: str
    score: int


def leaderboard(contest: Contest) -> list[Ranked]:
    """All ranked KOCs, by the current facts: cancelled orders and people who left do not count."""
    scores = BY_SALES if contest.kind == Contest.Kind.SALES else BY_RECRUITS
    params: dict[str, Any] = {
        "brand": contest.brand_id,
        "starts_at": contest.starts_at,
        "ends_at": contest.ends_at,
        "least": contest.least,
    }
    with connection.cursor() as cursor:
        cursor.execute(BOARD.format(scores=scores), params)
        rows = cursor.fetchall()
    return [
        Ranked(rank, koc, name, score)
        for rank, (koc, name, score) in zip(ranks([row[2] for row in rows]), rows, strict=True)
    ]
