"""Scheduled tasks. A task pulls facts; a lost message delays them to the next run, and never loses money."""

import logging
from collections.abc import Callable, Iterable

from celery import shared_task
from django.utils import timezone

from accounts.brands.models import Brand
from commissions.audit.selectors.ledger_checks import brands_due_for_a_check
from commissions.audit.services import check_ledgers
from commissions.earnings.services.facts import credit_facts as credit_facts_of
from commissions.earnings.services.facts import ingest_clicks_of_orders
from commissions.exports.services import forget_exports as forget_old_exports
from commissions.exports.services import write_next_export
from commissions.risk.selectors.fraud import brands_due_for_a_search
from commissions.risk.services import find_signals
from commissions.schedule import run_due
from referrals.visits.services.journal import ingest_abandoned, journal_folder

logger = logging.getLogger(__name__)


def each_brand(brands: Iterable[Brand], work: Callable[..., object], done: str) -> None:
    """Do a piece of work brand by brand; one that fails does not stop the others."""
    for brand in brands:
        try:
            work(brand=brand, at=timezone.now())
        except Exception:
            logger.exception("brand %s could not be %s", brand.pk, done)


@shared_task
def credit_facts() -> None:
    """Process the facts that arrived since the last run, brand by brand; a brand whose facts fail does not stop the
    others."""
    ingest_clicks_of_orders()
    each_brand(Brand.objects.order_by("pk"), credit_facts_of, "credited")


@shared_task
def do_what_is_due() -> None:
    """Do all scheduled work, brand by brand."""
    ingest_clicks_of_orders()
    each_brand(Brand.objects.order_by("pk"), run_due, "brought up to date")


@shared_task
def ingest_clicks() -> None:
    """Ingest the journals of dead web processes on this machine; live processes ingest their own."""
    ingest_abandoned(journal_folder())


@shared_task
def write_exports() -> None:
    """Write the exports that staff requested, one file after another. A failed export is tried again at the next run,
    and given up after some attempts."""
    while write_next_export(at=timezone.now()):
        pass


@shared_task
def forget_exports() -> None:
    """Remove the files of old exports."""
    forget_old_exports(at=timezone.now())


@shared_task
def check_ledgers_of_the_night() -> None:
    """Check the ledgers of the brands where a night has begun since their last check. A brand whose rows fail does not
    stop the others."""
    now = timezone.now()
    check_ledgers(brands=brands_due_for_a_check(at=now), at=now)


@shared_task
def find_signals_of_the_night() -> None:
    """Search for signals of fraud at the brands where a night has begun since the last search. A brand that fails does
    not stop the others."""
    each_brand(brands_due_for_a_search(at=timezone.now()), find_signals, "searched")
