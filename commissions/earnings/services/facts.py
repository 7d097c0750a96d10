"""What the shop reported is processed: orders are credited, changes are applied. Safe to repeat at any moment, by any
number of workers."""

from dataclasses import dataclass
from datetime import datetime

from accounts.brands.models import Brand
from commissions.earnings.services.crediting import credit_orders
from commissions.earnings.services.order_changes import apply_changes
from commissions.orders.models import Order
from referrals.visits.services.journal import ingest_all, journal_folder


@dataclass(frozen=True, slots=True)
class Done:
    answered: int = 0
    changes: int = 0
    approved: int = 0
    expired: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(
            self.answered + other.answered,
            self.changes + other.changes,
            self.approved + other.approved,
            self.expired + other.expired,
        )

    def __str__(self) -> str:
        told = f"{self.answered} orders credited, {self.changes} refunds and amendments applied, {self.approved} commissions approved"
        return f"{told}, {self.expired} subsidies expired"


def credit_facts(*, brand: Brand, at: datetime) -> Done:
    """Answer the orders of a brand and apply the refunds and amendments of those that are answered: all facts that are
    known, whenever they happened.

    What was clicked before an order came may still be in the journals of this machine's web processes: it is taken in
    first, since an order is answered once."""
    if Order.objects.filter(brand=brand, credited_at=None).exists():
        ingest_all(journal_folder())
    return Done(answered=credit_orders(brand=brand, at=at), changes=apply_changes(brand=brand, at=at))
