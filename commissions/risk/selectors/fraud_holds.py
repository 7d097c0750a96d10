"""Which commissions are held because of which signals."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission, RiskReview
from commissions.risk.models import Signal, SignalHold

HOLDS_FOR = timedelta(days=365)  # a signal also holds commissions that are created this long after it

# Facts of open and confirmed signals → orders → their commissions by the credit of the signal's KOC, at either level. A
# commission that staff released is not held again for a signal of the same kind; one that staff hold themselves is left
# to them.
TO_HOLD = """
WITH live AS MATERIALIZED (
    SELECT signal.id AS signal, signal.kind, fact.koc_id, fact.order_id, fact.customer_id, fact.other_id, fact.share_id, fact.hour
    FROM commissions_signal signal JOIN commissions_signalfact fact ON fact.signal_id = signal.id
    WHERE signal.brand_id = %(brand)s AND signal.kind = ANY(%(kinds)s) AND signal.state <> 'dismissed' AND signal.found_at > %(since)s
), member AS (
    SELECT signal, kind, koc_id FROM live WHERE kind = 'ring' UNION SELECT signal, kind, other_id FROM live WHERE kind = 'ring'
), sold AS (
    SELECT signal, kind, koc_id, order_id FROM live WHERE order_id IS NOT NULL
    UNION
    SELECT signal, kind, live.koc_id, sale.id FROM live JOIN commissions_order sale ON sale.customer_id = live.customer_id
    UNION
    SELECT signal, kind, live.koc_id, sale.id FROM live
    JOIN commissions_ordercredit credit ON credit.koc_id = live.koc_id AND credit.share_id = live.share_id
    JOIN commissions_order sale ON sale.id = credit.order_id AND sale.paid_at >= live.hour AND sale.paid_at < live.hour + interval '1 day'
    UNION
    SELECT seller.signal, seller.kind, seller.koc_id, sale.id
    FROM member seller JOIN commissions_ordercredit credit ON credit.koc_id = seller.koc_id JOIN commissions_order sale ON sale.id = credit.order_id
    JOIN accounts_customer customer ON customer.id = sale.customer_id AND customer.phone <> '' JOIN accounts_user login ON login.phone = customer.phone
    JOIN accounts_koc buyer ON buyer.user_id = login.id AND buyer.brand_id = %(brand)s AND buyer.id <> seller.koc_id
    JOIN member ON member.signal = seller.signal AND member.koc_id = buyer.id
), suspect AS (
    SELECT sold.signal, sold.kind, earned.id, earned.status
    FROM sold JOIN commissions_orderline line ON line.order_id = sold.order_id JOIN commissions_commission earned ON earned.line_id = line.id
    JOIN commissions_ordercredit credit ON credit.id = earned.credit_id AND credit.koc_id = sold.koc_id
    UNION
    SELECT live.signal, live.kind, earned.id, earned.status FROM live JOIN commissions_commission earned ON earned.koc_id = live.koc_id
    WHERE live.kind = 'payee'
)
SELECT DISTINCT signal, id, status = 'held' FROM suspect
WHERE (status IN ('pending', 'approved') OR status = 'held' AND EXISTS (
        SELECT FROM commissions_riskreview WHERE commission_id = suspect.id AND outcome = '' AND reason = 'risk_rule' AND opened_by_id IS NULL))
    AND NOT EXISTS (
        SELECT FROM commissions_riskreview review JOIN commissions_signalhold hold ON hold.review_id = review.id
        JOIN commissions_signal before ON before.id = hold.signal_id AND before.kind = suspect.kind
        WHERE review.commission_id = suspect.id AND review.outcome = 'released')
ORDER BY 1, 2
"""


def commissions_to_hold(brand: Brand, kinds: Sequence[str], *, at: datetime) -> list[tuple[int, int, bool]]:
    """(signal, commission, whether a rule holds it already) of the kinds that hold at this brand."""
    with connection.cursor() as cursor:
        cursor.execute(TO_HOLD, {"brand": brand.pk, "kinds": list(kinds), "since": at - HOLDS_FOR})
        return cursor.fetchall()


def held_by(signals: Collection[int], *, alone: bool) -> list[int]:
    """The commissions that these signals hold; with `alone`, those that no other open or confirmed signal holds as
    well."""
    waiting = RiskReview.objects.filter(
        outcome=RiskReview.Outcome.OPEN, signals__signal__in=signals, commission__status=Commission.Status.HELD
    )
    if alone:
        others = (
            SignalHold.objects.filter(review=OuterRef("pk"))
            .exclude(signal__in=signals)
            .exclude(signal__state=Signal.State.DISMISSED)
        )
        waiting = waiting.exclude(Exists(others))
    return sorted(set(waiting.values_list("commission", flat=True)))
