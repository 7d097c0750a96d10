"""Scheduled tasks. A task pulls facts; a lost message delays them to the next run, and never loses money."""

import logging
from collections.abc import Callable, Iterable

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.services import clock_work
from commissions.audit.selectors.ledger_checks import brands_due_for_a_check
from commissions.audit.services import check_ledgers
from commissions.earnings.services.facts import credit_facts as credit_facts_of
from commissions.earnings.services.facts import ingest_clicks_of_orders
from commissions.exports.services import forget_exports as forget_old_exports
from commissions.exports.services import write_next_export
from commissions.ledger.services import fold_wallets
from commissions.orders.selectors.uses import brands_that_ask_for_uses
from commissions.orders.selectors.variants import brands_with_variants
from commissions.orders.services.uses import refresh_uses
from commissions.orders.services.variants import refresh_variants
from commissions.results.selectors import brands_with_results_due
from commissions.results.services import refresh_results
from commissions.risk.selectors.fraud import brands_due_for_a_search
from commissions.risk.services import find_signals
from commissions.schedule import brands_with_facts, brands_with_work, run_due
from foundation.postgres.locks import alone
from foundation.postgres.transactions import waiting_for_locks_at_most
from referrals.visits.services.journal import ingest_abandoned, journal_folder
from referrals.visits.services.visits import retry_clicks

logger = logging.getLogger(__name__)
PATIENCE_MS = 200
EXPIRES = 60  # seconds; a brand that has work still is found again


def each_brand(brands: Iterable[Brand], work: Callable[..., object], done: str) -> None:
    """Do a piece of work brand by brand; one that fails does not stop the others."""
    for brand in brands:
        try:
            work(brand=brand, at=timezone.now())
        except Exception:
            logger.exception("brand %s could not be %s", brand.pk, done)


def unless_busy(brand: int, work: Callable[..., object]) -> None:
    """Do a piece of a brand's work, or leave it to the next beat when another task works for the brand, or somebody on
    its book: its worker is free for other brands, of which a busy one so takes one at most."""
    try:
        with alone(f"work of brand {brand}") as is_alone, waiting_for_locks_at_most(PATIENCE_MS):
            if is_alone:
                work(brand=Brand.objects.get(pk=brand), at=timezone.now())
    except* OperationalError as busy:
        causes = {type(error.__cause__ or error).__name__ for error in busy.exceptions}
        logger.info("brand %s is left to the next beat: %s", brand, ", ".join(sorted(causes)))


@shared_task
@clock_work(Heartbeat.Work.CREDIT)
def credit_facts() -> None:
    """Process the facts that arrived since the last run, a task for each brand that has any."""
    now = timezone.now()
    ingest_clicks_of_orders(at=now)
    for brand in brands_with_facts(at=now):
        credit_facts_of_brand.apply_async((brand,), expires=EXPIRES)


@shared_task
@clock_work(Heartbeat.Work.DUE)
def do_what_is_due() -> None:
    """Do all scheduled work, a task for each brand that has any."""
    now = timezone.now()
    ingest_clicks_of_orders(at=now)
    for brand in brands_with_work(at=now):
        do_what_is_due_of_brand.apply_async((brand,), expires=EXPIRES)


@shared_task
def credit_facts_of_brand(brand: int) -> None:
    unless_busy(brand, credit_facts_of)


@shared_task
def do_what_is_due_of_brand(brand: int) -> None:
    unless_busy(brand, run_due)


@shared_task
@clock_work(Heartbeat.Work.CLICKS)
def ingest_clicks() -> None:
    """Ingest the journals of dead web processes on this machine; live processes ingest their own. Then the clicks that
    were set aside are tried again."""
    now = timezone.now()
    ingest_abandoned(journal_folder(), at=now)
    retry_clicks(at=now)


@shared_task
@clock_work(Heartbeat.Work.EXPORTS, one_at_a_time=True)
def write_exports() -> None:
    """Write the exports that staff requested, one file after another. One that raises is tried again after a pause, and
    given up after some attempts."""
    while write_next_export(at=timezone.now()):
        pass


@shared_task
@clock_work(Heartbeat.Work.OLD_EXPORTS)
def forget_exports() -> None:
    """Remove the files of old exports."""
    forget_old_exports(at=timezone.now())


@shared_task
@clock_work(Heartbeat.Work.LEDGERS, one_at_a_time=True)
def check_ledgers_of_the_night() -> None:
    """Fold the wallets of the brands where a night has begun since their last check, and check their ledgers. A brand
    whose rows fail does not stop the others."""
    now = timezone.now()
    brands = brands_due_for_a_check(at=now)
    each_brand(brands, lambda brand, at: fold_wallets(brand=brand), "folded")
    check_ledgers(brands=brands, at=now)


@shared_task
@clock_work(Heartbeat.Work.SIGNALS, one_at_a_time=True)
def find_signals_of_the_night() -> None:
    """Search for signals of fraud at the brands where a night has begun since the last search. A brand that fails does
    not stop the others."""
    each_brand(brands_due_for_a_search(at=timezone.now()), find_signals, "searched")


@shared_task
@clock_work(Heartbeat.Work.VARIANTS, one_at_a_time=True)
def count_results_of_content() -> None:
    """Count what content brought, brand by brand: variants of texts, kits, authors. A brand that fails does not stop the
    others: its shares draw by what was known, and its pages show that."""
    each_brand(brands_with_variants(), refresh_variants, "counted by variant")
    each_brand(brands_with_results_due(at=timezone.now()), refresh_results, "counted by kit")


@shared_task
@clock_work(Heartbeat.Work.USES, one_at_a_time=True)
def refresh_uses_of_brands() -> None:
    """Look up what KOCs bought for themselves, where kits ask for it, brand by brand. One that fails does not stop the
    others: its kits go by what was known."""
    each_brand(brands_that_ask_for_uses(), refresh_uses, "asked for own purchases")
