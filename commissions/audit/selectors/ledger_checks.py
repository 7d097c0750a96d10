"""The last checks of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.brands.models import Brand
from commissions.audit.models import LedgerCheck
from foundation.money.calendar import last_night

STALE_AFTER = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class LatestChecks:
    """The last checks of some brands: those without faults, those with faults, and the brands of which the last check
    is too old or missing."""

    proved: list[LedgerCheck]
    off: list[LedgerCheck]
    stale: list[Brand]


def last_checks(brands: Iterable[Brand]) -> dict[int, LedgerCheck]:
    """Brand → its last check."""
    checks = (
        LedgerCheck.objects.filter(brand__in=brands)
        .select_related("brand")
        .order_by("brand", "-checked_at", "-pk")
        .distinct("brand")
    )
    return {check.brand_id: check for check in checks}


def ledger_state(brands: Iterable[Brand], *, at: datetime) -> LatestChecks:
    """The state of the ledgers of some brands. A fault counts however old it is; a check without faults counts for 36
    hours."""
    brands = list(brands)
    last = last_checks(brands)
    off = [check for check in last.values() if check.fault_count]
    proved = [check for check in last.values() if not check.fault_count and check.checked_at >= at - STALE_AFTER]
    current = {check.brand_id for check in (*off, *proved)}
    return LatestChecks(proved, off, [brand for brand in brands if brand.pk not in current])


def brands_due_for_a_check(*, at: datetime) -> list[Brand]:
    """The brands that were not checked since three in the morning of their zone, and those that never were."""
    brands = list(Brand.objects.order_by("pk"))
    last = last_checks(brands)
    return [
        brand
        for brand in brands
        if brand.pk not in last or last[brand.pk].checked_at < last_night(at, zone=brand.timezone)
    ]
