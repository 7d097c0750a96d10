"""Check the ledger, and keep the result."""

import logging
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter

from accounts.brands.models import Brand
from commissions.audit.models import LedgerCheck
from commissions.audit.selectors.proofs import NAMED, PROOFS, Faults, broken_invariants, doubted, with_unexplained

logger = logging.getLogger(__name__)


def check_ledgers(*, brands: Sequence[Brand], at: datetime) -> list[LedgerCheck]:
    """Check the ledgers of some brands and keep a row of each. All books are summed together once; rows are queried
    only for the laws that are broken.

    Takes no locks: every query reads one snapshot. A brand whose rows cannot be queried is logged and gets no row: its
    last check becomes stale, and the front page shows that. Repeatable: a second run adds rows of its own."""
    if not brands:
        return []
    start = perf_counter()
    suspects = doubted()
    broken: dict[Brand, dict[str, Faults]] = {}
    for brand in brands:
        try:
            broken[brand] = broken_invariants(brand, suspects)
        except Exception:
            logger.exception("the ledger of brand %s could not be checked", brand.pk)
    faults_by_brand = with_unexplained(suspects, broken)
    seconds = round(perf_counter() - start, 3)
    return LedgerCheck.objects.bulk_create(
        LedgerCheck(
            brand=brand,
            checked_at=at,
            laws=len(PROOFS),
            fault_count=faults.count,
            faults=faults.first[:NAMED],
            seconds=seconds,
        )
        for brand, faults in faults_by_brand.items()
    )
