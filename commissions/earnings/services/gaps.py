"""What filled gaps of orders change: who bought, and what brought the order, was said after it was credited."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import process_isolated
from commissions.earnings.models.commissions import RiskReview
from commissions.earnings.services.reviews import EVER, hold_commissions, reverse_commissions
from commissions.ledger.services import lock_book
from commissions.orders.selectors.intake import coupons_of
from commissions.orders.services.marks import mark_looked_at_again, reopen
from foundation.postgres.transactions import in_own_transaction
from referrals.attribution.selectors import credit_policy_of
from referrals.coupons.services import release_uses

BATCH = 1_000
# An order is credited anew as long as nothing of it is approved, and nobody has judged what it earned: but doubts, and the
# hold of a phone that could not be read, are no judgement.
TOLD_AGAIN = """
SELECT sale.id, EXISTS (SELECT FROM commissions_ordercredit WHERE order_id = sale.id), sale.gap_filled AND NOT EXISTS (
    SELECT FROM commissions_orderline line JOIN commissions_commission earned ON earned.line_id = line.id
    JOIN commissions_ordercredit credit ON credit.id = earned.credit_id AND credit.order_id = sale.id
    WHERE line.order_id = sale.id AND (earned.approved_at IS NOT NULL OR earned.statement_id IS NOT NULL OR EXISTS (
        SELECT FROM commissions_riskreview WHERE commission_id = earned.id
            AND NOT (reason = 'doubt' OR reason = 'self_purchase' AND opened_by_id IS NULL AND outcome = '')
    ))
)
FROM commissions_order sale
WHERE sale.brand_id = %(brand)s AND sale.told_again AND sale.credited_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM accounts_failedfact WHERE kind = 'order' AND fact = sale.id AND next_try_at > %(at)s)
ORDER BY sale.id LIMIT %(most)s
"""
LIVE = """
SELECT earned.id FROM commissions_ordercredit credit JOIN commissions_orderline line ON line.order_id = credit.order_id
JOIN commissions_commission earned ON earned.line_id = line.id AND earned.credit_id = credit.id
WHERE credit.order_id = ANY(%s) AND earned.void_from IS NULL AND earned.amount_minor <> earned.reversed_minor ORDER BY earned.id
"""
VOID = """
UPDATE commissions_commission earned SET void_from = %s FROM commissions_ordercredit credit JOIN commissions_orderline line ON line.order_id = credit.order_id
WHERE credit.order_id = ANY(%s) AND earned.line_id = line.id AND earned.credit_id = credit.id AND earned.void_from IS NULL
"""
# What the answer was is kept, and makes room for the next one.
KEEP_ANSWERS = """
INSERT INTO commissions_formeranswer (order_id, ended_at, credit, customer_is_new, credit_seen)
SELECT id, %s, credit, customer_is_new, credit_seen FROM commissions_order WHERE id = ANY(%s) ORDER BY id RETURNING order_id, id
"""
KEEP_CREDITS = """
UPDATE commissions_ordercredit SET order_id = NULL, former_id = kept.id
FROM unnest(%s::bigint[], %s::bigint[]) AS kept(sale, id) WHERE order_id = kept.sale
"""
TERMS = "decision_id, plan_id, rule_id, protected_from_id, compared, rate_bps, fixed_minor, override_bps, cap_minor, total_cap_bps"
KEEP_TERMS = f"""
INSERT INTO commissions_formerterms (former_id, line_id, {TERMS})
SELECT kept.id, terms.line_id, {TERMS} FROM unnest(%s::bigint[], %s::bigint[]) AS kept(sale, id)
JOIN commissions_orderline line ON line.order_id = kept.sale JOIN commissions_lineterms terms ON terms.line_id = line.id
"""  # noqa: S608  constants
REMOVE_TERMS = "DELETE FROM commissions_lineterms USING commissions_orderline line WHERE line.order_id = ANY(%s) AND line_id = line.id"
# What a credited KOC, and the sponsor, earned of orders that the KOC's own phone bought; what a doubt holds as well, since
# that may end.
OWN = """
SELECT earned.id FROM unnest(%(orders)s::bigint[]) AS told(id)
JOIN commissions_order sale ON sale.id = told.id AND sale.told_again
JOIN accounts_customer customer ON customer.id = sale.customer_id AND customer.phone <> ''
JOIN commissions_ordercredit credit ON credit.order_id = sale.id
JOIN accounts_koc koc ON koc.id = credit.koc_id
JOIN accounts_user sharer ON sharer.id = koc.user_id AND sharer.phone = customer.phone
JOIN commissions_commission earned ON earned.credit_id = credit.id
WHERE earned.statement_id IS NULL AND (earned.status IN ('pending', 'approved') OR earned.status = 'held' AND NOT EXISTS (
    SELECT FROM commissions_riskreview WHERE commission_id = earned.id AND outcome = '' AND reason <> 'doubt'
)) ORDER BY earned.id
"""


def hold_own_purchases(orders: Collection[int], *, brand: Brand, at: datetime) -> None:
    """Hold what these orders earned, and is on no statement, where what was told since shows that who earned it bought it, and
    own purchases earn nothing. The caller holds the book; a second call finds nothing to do."""
    if orders and credit_policy_of(brand).self_purchase == "refuse":
        with connection.cursor() as cursor:
            cursor.execute(OWN, {"orders": list(orders)})
            own = [pk for (pk,) in cursor.fetchall()]
        if own:
            hold_commissions(brand=brand, commissions=own, reason=RiskReview.Reason.SELF_PURCHASE, by=None, at=at)


def look_again(*, brand: Brand, at: datetime) -> int:
    """Look at credited orders of which more was told since; returns how many.

    One of which nothing is approved is credited anew, with all that happened to it: what it earned is taken back
    (`told_again`). Else the credit stands, unless it shows an own purchase where those earn nothing: then what it earned,
    and is on no statement, is held. Each batch is a transaction under the brand's book; an order that raises is set
    aside."""
    looked = 0
    while (done := _look_again(brand=brand, at=at)) is not None:
        looked += done
    return looked


class ToldAgain(NamedTuple):
    """A credited order of which more was told: whether somebody is credited, and it may be credited anew."""

    order: int
    is_credited: bool
    is_open: bool


@in_own_transaction
def _look_again(*, brand: Brand, at: datetime) -> int | None:
    told = _told_again(brand, at=at)
    if not told:
        return None
    lock_book(brand)
    told = _told_again(brand, at=at)
    process_isolated(
        told,
        lambda part: _follow(brand, part, at=at),
        fact_of=lambda one: (FailedFact.Kind.ORDER, one.order),
        brand=brand,
        at=at,
    )
    return len(told)


def _told_again(brand: Brand, *, at: datetime) -> list[ToldAgain]:
    with connection.cursor() as cursor:
        cursor.execute(TOLD_AGAIN, {"brand": brand.pk, "at": at, "most": BATCH})
        return [ToldAgain(*row) for row in cursor.fetchall()]


def _follow(brand: Brand, told: Sequence[ToldAgain], *, at: datetime) -> None:
    hold_own_purchases([one.order for one in told if one.is_credited and not one.is_open], brand=brand, at=at)
    anew = [one.order for one in told if one.is_open or not one.is_credited]
    withdraw_answers([one.order for one in told if one.is_credited and one.is_open], brand=brand, at=at)
    release_uses(uses=coupons_of(anew))
    reopen(anew)
    mark_looked_at_again([one.order for one in told])


def withdraw_answers(orders: Collection[int], *, brand: Brand, at: datetime) -> None:
    """Take back what orders earned, and keep how they were answered as their former answers. The caller holds the book, and
    lets them be credited anew."""
    if not orders:
        return
    ids = list(orders)
    with connection.cursor() as cursor:
        cursor.execute(LIVE, [ids])
        live = [pk for (pk,) in cursor.fetchall()]
    if live:
        reverse_commissions(brand=brand, commissions=live, reason=RiskReview.Reason.TOLD_AGAIN, by=None, at=at)
    with connection.cursor() as cursor:
        cursor.execute(VOID, [EVER, ids])
        cursor.execute(KEEP_ANSWERS, [at, ids])
        kept = [list(column) for column in zip(*cursor.fetchall(), strict=True)]
        cursor.execute(KEEP_TERMS, kept)
        cursor.execute(REMOVE_TERMS, [ids])
        cursor.execute(KEEP_CREDITS, kept)
