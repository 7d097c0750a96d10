"""To whom a customer is bound (锁客): it follows from their clicks and orders by time, in whatever order these
arrived."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

CLICK, ORDER = "click", "order"


class BindingTerms(NamedTuple):
    """How long a binding lasts, what makes one, and when it ends sooner. Empty days: no such end."""

    days: int | None
    by: str = "either"
    """`click`, `order` or `either`"""
    protect_days: int | None = None
    """from then on somebody else's click or order takes the customer over; empty: nobody can"""
    release_days: int | None = None
    """without an order for so long, the customer is free"""


@dataclass(slots=True)
class Bound:
    """A customer was bound to a KOC: half-open [since, until). `because` says what ended it, or will: expired,
    released, snatched; empty when it has no end."""

    koc: int
    share: int | None
    cause: str
    since: datetime
    until: datetime | None
    because: str


@dataclass(slots=True)
class Bindings:
    """One customer's bindings, from clicks and orders given in order of time; of a click and an order at one moment the
    click comes first."""

    terms: BindingTerms
    bounds: list[Bound] = field(default_factory=list)

    def live(self, at: datetime) -> Bound | None:
        """The binding in force at a moment that is not before the last event given."""
        last = self.bounds[-1] if self.bounds else None
        return last if last and (last.until is None or at < last.until) else None

    def happened(self, cause: str, koc: int | None, share: int | None, at: datetime) -> None:
        """A click on a KOC's share, or an order, credited to a KOC or to nobody.

        A free customer becomes bound; a bound one stays so until the days of protection are over and a click or order
        of another KOC comes. Any order of the customer postpones a release."""
        bound = self.live(at)
        if (
            koc is not None
            and self.terms.by in ("either", cause)
            and (bound is None or self._may_snatch(bound, koc, at))
        ):
            if bound:
                bound.until, bound.because = at, "snatched"
                if bound.since == at:
                    self.bounds.pop()
            self.bounds.append(Bound(koc, share, cause, at, *self._end(at, at)))
        elif bound and cause == ORDER:
            bound.until, bound.because = self._end(bound.since, at)

    def _may_snatch(self, bound: Bound, koc: int, at: datetime) -> bool:
        protected = self.terms.protect_days
        return koc != bound.koc and protected is not None and at >= bound.since + timedelta(days=protected)

    def _end(self, since: datetime, last_order_at: datetime) -> tuple[datetime | None, str]:
        ends = [(since + timedelta(days=self.terms.days), "expired")] if self.terms.days else []
        ends += (
            [(last_order_at + timedelta(days=self.terms.release_days), "released")] if self.terms.release_days else []
        )
        return min(ends, default=(None, ""), key=lambda end: end[0])
