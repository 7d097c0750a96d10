"""All scheduled work. Safe to repeat at any moment, by any number of workers."""

from datetime import datetime

from accounts.brands.models import Brand
from commissions.earnings.services.approvals import approve_matured
from commissions.earnings.services.facts import Done, credit_facts
from commissions.subsidies.services.subsidies import expire_subsidies
from foundation.terminal.progress import Progress, tell
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.visits.services.journal import ingest_all, journal_folder


def run_due(*, brand: Brand, at: datetime) -> Done:
    """Process all facts, approve what has matured at `at`, return the remainder of expired subsidies, and aggregate
    shares and visits."""
    aggregate_spread(brand=brand)
    return credit_facts(brand=brand, at=at) + Done(
        approved=approve_matured(brand=brand, at=at), expired=expire_subsidies(brand=brand, at=at)
    )


def run_due_everywhere(*, at: datetime, progress: Progress | None = None) -> Done:
    """`run_due` for every brand, one after another, with every click that was recorded on this machine."""
    ingest_all(journal_folder())
    done = Done()
    for count, brand in enumerate(Brand.objects.order_by("pk"), start=1):
        done += run_due(brand=brand, at=at)
        tell(progress, count)
    return done
