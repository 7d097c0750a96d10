"""To whom a customer is bound (锁客): it follows from what they clicked and bought, whatever arrived when."""

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
    """One customer's bindings, as what happened is told in order of time; of a click and an order at one moment the
    click comes first."""

    terms: BindingTerms
    bounds: list[Bound] = field(default_factory=list)

    def live(self, at: datetime) -> Bound | None:
        """The binding that holds at a moment, not before the last that was told."""
        last = self.bounds[-1] if self.bounds else None
        return last if last and (last.until is None or at < last.until) else None

    def happened(self, cause: str, koc: int | None, share: int | None, at: datetime) -> None:
        """A click on a KOC's share, or an order, credited to a KOC or to nobody.

        Who is free is bound; who is bound stays so, until the days of protection are over and somebody else comes. Any
        order of theirs puts off a release."""
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

    def _end(self, since: datetime, bought: datetime) -> tuple[datetime | None, str]:
        ends = [(since + timedelta(days=self.terms.days), "expired")] if self.terms.days else []
        ends += [(bought + timedelta(days=self.terms.release_days), "released")] if self.terms.release_days else []
        return min(ends, default=(None, ""), key=lambda end: end[0])
