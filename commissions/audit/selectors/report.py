"""The reconciliation of a brand's months: orders → commissions → statements → batches → bank."""

from dataclasses import dataclass
from typing import Any

from accounts.brands.models import Brand
from commissions.audit.selectors.links import QUESTIONS, TERMS, ReconciliationLink, link_of, skipped_link, terms_link
from commissions.audit.selectors.steps import ReconciliationStep, steps_of
from commissions.orders.models import Order
from commissions.settlement.domain.refusals import PeriodRefused
from foundation.money.calendar import month_bounds
from foundation.terminal.progress import Progress
from foundation.texts.messages import Message


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
    """The sums of each step, and every difference between two of them: none when all is well. Raises PeriodRefused.

    Every commission is computed again from its frozen terms, unless there are more than `recompute` orders; `progress`
    is called with the number of orders done."""
    params = _params(brand, first, last)
    links = [link_of(question, params) for question in QUESTIONS]
    place = [link.key for link in links].index("accrued")
    is_too_many = recompute is not None and orders_of(brand, first=first, last=last) > recompute
    links.insert(place, skipped_link(TERMS) if is_too_many else terms_link(params, progress=progress))
    return Reconciliation(brand, first, last, steps_of(params), links)


def orders_of(brand: Brand, *, first: str, last: str) -> int:
    params = _params(brand, first, last)
    return Order.objects.filter(brand=brand, paid_at__gte=params["starts"], paid_at__lt=params["ends"]).count()


def _params(brand: Brand, first: str, last: str) -> dict[str, Any]:
    try:
        starts, ends = month_bounds(first, zone=brand.timezone)[0], month_bounds(last, zone=brand.timezone)[1]
    except ValueError as error:
        raise PeriodRefused(error.args[0]) from None
    if ends <= starts:
        raise PeriodRefused(Message("%(last)s is before %(first)s", last=last, first=first))
    return {"brand": brand.pk, "currency": brand.currency, "starts": starts, "ends": ends, "first": first, "last": last}
