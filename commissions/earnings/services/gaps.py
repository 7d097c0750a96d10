"""What filled gaps of orders change: who bought, and what brought the order, was said after it was credited."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import RiskReview
from commissions.earnings.services.reviews import hold_commissions
from commissions.ledger.services import lock_book
from commissions.orders.services.marks import mark_looked_at_again, reopen
from foundation.postgres.transactions import in_own_transaction
from referrals.attribution.selectors import credit_policy_of

BATCH = 1_000
TOLD_AGAIN = """
SELECT sale.id, EXISTS (SELECT FROM commissions_ordercredit WHERE order_id = sale.id) FROM commissions_order sale
WHERE sale.brand_id = %(brand)s AND sale.told_again AND sale.credited_at IS NOT NULL ORDER BY sale.id LIMIT %(most)s
"""
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
    """Look at credited orders of which more was told since; returns how many. One that credited nobody is credited anew,
    with all that happened to it. Else the credit stands, unless it shows an own purchase where those earn nothing: then what
    it earned, and is on no statement, is held. Each batch is a transaction under the brand's book."""
    looked = 0
    while (done := _look_again(brand=brand, at=at)) is not None:
        looked += done
    return looked


@in_own_transaction
def _look_again(*, brand: Brand, at: datetime) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(TOLD_AGAIN, {"brand": brand.pk, "most": BATCH})
        if not cursor.fetchall():
            return None
        lock_book(brand)
        cursor.execute(TOLD_AGAIN, {"brand": brand.pk, "most": BATCH})
        orders: dict[int, bool] = dict(cursor.fetchall())
    hold_own_purchases([order for order, is_credited in orders.items() if is_credited], brand=brand, at=at)
    reopen([order for order, is_credited in orders.items() if not is_credited])
    mark_looked_at_again(orders)
    return len(orders)
