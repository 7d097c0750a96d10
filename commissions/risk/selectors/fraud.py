"""The signal policies of a brand, and the sightings that reach their thresholds."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.brands.models import Brand
from commissions.risk.domain.fraud import KINDS
from commissions.risk.models import Signal, SignalPolicy, SignalSearch
from commissions.risk.selectors.fraud_sightings import SEARCHES, Sighting, SightingTerms
from foundation.money.calendar import last_night


def policies_of(brand: Brand) -> dict[str, SignalPolicy]:
    """Kind → the brand's policy, or the default one (which is not saved)."""
    saved = {policy.kind: policy for policy in SignalPolicy.objects.filter(brand=brand)}
    return {
        key: saved.get(key)
        or SignalPolicy(brand=brand, kind=key, threshold=kind.threshold, beside=kind.beside, days=kind.days)
        for key, kind in KINDS.items()
    }


def sightings(policies: Iterable[SignalPolicy], *, at: datetime) -> dict[str, list[Sighting]]:
    """Kind → the sightings that reach its threshold now and are based on new facts."""
    return {
        policy.kind: SEARCHES[policy.kind](
            SightingTerms(policy.brand_id, policy.kind, at, policy.threshold, policy.beside, policy.days)
        )
        for policy in policies
        if policy.is_on
    }


def brands_due_for_a_search(*, at: datetime) -> list[Brand]:
    """The brands that were not searched since three in the morning of their zone, and those that never were."""
    last = dict(SignalSearch.objects.values_list("brand", "searched_at"))
    return [
        brand
        for brand in Brand.objects.order_by("pk")
        if brand.pk not in last or last[brand.pk] < last_night(at, zone=brand.timezone)
    ]


def open_signals(brands: QuerySet[Brand]) -> QuerySet[Signal]:
    return Signal.objects.filter(brand__in=brands, state=Signal.State.OPEN)
