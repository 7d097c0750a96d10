"""The reconciliation of a brand's months: orders → commissions → statements → batches → bank."""

from dataclasses import dataclass
from typing import Any

from accounts.brands.models import Brand
from commissions.audit.selectors.links import QUESTIONS, TERMS, ReconciliationLink, link_of, not_looked_at, terms_link
from commissions.audit.selectors.steps import ReconciliationStep, steps_of
from commissions.orders.models import Order
from commissions.settlement.domain.refusals import PeriodRefused
from foundation.money.calendar import month_bounds
from foundation.terminal.progress import Progress


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Orders paid in the months `first` to `last` of the brand's zone, and the statements of the same months."""

    brand: Brand
    first: str
    last: str
    steps: list[ReconciliationStep]
    links: list[ReconciliationLink]

    @property
    def differences(self) -> int:
        return sum(link.count for link in self.links)


def reconciliation(
    brand: Brand, *, first: str, last: str, recompute: int | None = None, progress: Progress | None = None
) -> Reconciliation:
    """What each step came to, and every difference between two of them: none when all is well. Raises PeriodRefused.

    Every commission is reckoned again from its frozen terms, unless there are more than `recompute` orders; `progress`
    hears of how many orders it was done."""
    named = _named(brand, first, last)
    links = [link_of(question, named) for question in QUESTIONS]
    place = [link.key for link in links].index("accrued")
    many = recompute is not None and orders_of(brand, first=first, last=last) > recompute
    links.insert(place, not_looked_at(TERMS) if many else terms_link(named, progress=progress))
    return Reconciliation(brand, first, last, steps_of(named), links)


def orders_of(brand: Brand, *, first: str, last: str) -> int:
    named = _named(brand, first, last)
    return Order.objects.filter(brand=brand, paid_at__gte=named["starts"], paid_at__lt=named["ends"]).count()


def _named(brand: Brand, first: str, last: str) -> dict[str, Any]:
    try:
        starts, ends = month_bounds(first, zone=brand.timezone)[0], month_bounds(last, zone=brand.timezone)[1]
    except ValueError as error:
        raise PeriodRefused(str(error)) from None
    if ends <= starts:
        raise PeriodRefused(f"{last} is before {first}")
    return {"brand": brand.pk, "currency": brand.currency, "starts": starts, "ends": ends, "first": first, "last": last}
