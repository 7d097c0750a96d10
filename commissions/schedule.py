"""All scheduled work. Safe to repeat at any moment, by any number of workers."""

from datetime import datetime

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.services import every_step
from commissions.earnings.selectors.crediting import CLICK_WAIT
from commissions.earnings.services.approvals import approve_matured
from commissions.earnings.services.crediting import credit_orders
from commissions.earnings.services.facts import Done
from commissions.earnings.services.order_changes import apply_changes
from commissions.subsidies.services.subsidies import expire_subsidies
from foundation.terminal.progress import Progress, tell
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.visits.services.journal import ingest_all, journal_folder
from referrals.visits.services.visits import retry_clicks

# A brand has an index lookup for each kind of work; versions are few, and asked once for all brands.
FACTS = """
EXISTS (
    SELECT FROM commissions_order WHERE brand_id = brand.id AND credited_at IS NULL AND (awaited_click IS NULL OR received_at <= %(given_up)s)
) OR EXISTS (
    SELECT FROM commissions_order WHERE brand_id = brand.id AND told_again AND credited_at IS NOT NULL
) OR EXISTS (
    SELECT FROM commissions_order sale JOIN referrals_visit visit ON visit.id = sale.awaited_click
    WHERE sale.brand_id = brand.id AND sale.credited_at IS NULL
) OR EXISTS (
    SELECT FROM commissions_refund refund
    JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key) AND sale.credited_at IS NOT NULL
    WHERE refund.brand_id = brand.id AND refund.status = 'waiting'
) OR brand.id IN (
    SELECT sale.brand_id FROM commissions_orderversion version JOIN commissions_order sale ON sale.id = version.order_id WHERE version.status = 'waiting'
    UNION ALL SELECT sale.brand_id FROM commissions_doubt doubt
    JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (doubt.brand_id, doubt.shop, doubt.order_key)
        AND sale.credited_at IS NOT NULL WHERE doubt.is_new
)
"""
DUE = f"""
{FACTS} OR EXISTS (
    SELECT FROM commissions_delivery WHERE brand_id = brand.id AND NOT matured AND refusal = '' AND hold_ends_at <= %(at)s
) OR brand.id IN (
    SELECT sale.brand_id FROM commissions_delivery delivery
    JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (delivery.brand_id, delivery.shop, delivery.order_key)
        AND sale.credited_at IS NOT NULL
    WHERE delivery.is_new AND delivery.refusal = ''
) OR EXISTS (
    SELECT FROM commissions_subsidy WHERE brand_id = brand.id AND expires_at <= %(at)s AND hand_on_minor > allocated_minor + returned_minor
) OR EXISTS (SELECT FROM referrals_pendingaggregate WHERE brand_id = brand.id)
"""  # noqa: S608  constants


def brands_with_facts(*, at: datetime) -> list[int]:
    """The brands that have an order to credit, or a refund or an amendment to apply: one query for all of them."""
    return _brands_with(FACTS, at)


def brands_with_work(*, at: datetime) -> list[int]:
    """The brands that have anything to do for the clock: facts, what has matured or expired, shares and visits."""
    return _brands_with(DUE, at)


def _brands_with(work: str, at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT brand.id FROM accounts_brand brand WHERE {work} ORDER BY brand.id",  # noqa: S608  constants
            {"at": at, "given_up": at - CLICK_WAIT},
        )
        return [pk for (pk,) in cursor.fetchall()]


def run_due(*, brand: Brand, at: datetime) -> Done:
    """Process all facts, approve what has matured at `at`, return the remainder of expired subsidies, and aggregate
    shares and visits.

    A step that raises stops no other, but one: nothing is approved where refunds and amendments could not be applied. What
    the steps raised is raised after the last."""
    done = Done()
    with every_step(f"work of brand {brand.pk}") as step:
        with step():
            aggregate_spread(brand=brand, at=at)
        with step():
            done += Done(credited=credit_orders(brand=brand, at=at))
        with step():
            done += Done(changes=apply_changes(brand=brand, at=at))
            done += Done(approved=approve_matured(brand=brand, at=at))
        with step():
            done += Done(expired=expire_subsidies(brand=brand, at=at))
    return done


def run_due_everywhere(*, at: datetime, progress: Progress | None = None) -> Done:
    """`run_due` for every brand, one after another, with every click that was recorded on this machine. A brand that
    raises stops no other; what they raised is raised after the last."""
    ingest_all(journal_folder(), at=at)
    retry_clicks(at=at)
    done = Done()
    with every_step("work of all brands") as step:
        for count, brand in enumerate(Brand.objects.order_by("pk"), start=1):
            with step():
                done += run_due(brand=brand, at=at)
            tell(progress, count)
    return done
