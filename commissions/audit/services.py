"""The ledger is proved, and what that said is kept."""

import logging
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter

from django.db import DatabaseError

from accounts.brands.models import Brand
from commissions.audit.models import LedgerCheck
from commissions.audit.selectors.proofs import NAMED, PROOFS, Faults, broken_invariants, doubted, with_unexplained

logger = logging.getLogger(__name__)


def check_ledgers(*, brands: Sequence[Brand], at: datetime) -> list[LedgerCheck]:
    """Prove the ledgers of some brands and keep a row of each. All books are summed together once; rows are looked at
    only of the laws that are broken.

    Takes no locks: every query sees one moment. A brand whose rows cannot be looked at is logged and gets no row: its
    last check grows stale, and the front page says so. Repeatable: a second run adds rows of its own."""
    if not brands:
        return []
    start = perf_counter()
    suspects = doubted()
    broken: dict[Brand, dict[str, Faults]] = {}
    for brand in brands:
        try:
            broken[brand] = broken_invariants(brand, suspects)
        except DatabaseError:
            logger.exception("the ledger of brand %s could not be looked at", brand.pk)
    found = with_unexplained(suspects, broken)
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
        for brand, faults in found.items()
    )
