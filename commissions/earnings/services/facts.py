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
    credited: int = 0
    changes: int = 0
    approved: int = 0
    expired: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(
            self.credited + other.credited,
            self.changes + other.changes,
            self.approved + other.approved,
            self.expired + other.expired,
        )

    def __str__(self) -> str:
        orders = f"{self.credited} orders credited, {self.changes} refunds and amendments applied, {self.approved} commissions approved"
        return f"{orders}, {self.expired} subsidies expired"


def credit_facts(*, brand: Brand, at: datetime) -> Done:
    """Credit the orders of a brand and apply the refunds and amendments of those that are credited: all facts that are
    known, whenever they happened.

    What was clicked before an order came may still be in the journals of this machine's web processes: it is taken in
    first, since an order is credited once."""
    if Order.objects.filter(brand=brand, credited_at=None).exists():
        ingest_all(journal_folder())
    return Done(credited=credit_orders(brand=brand, at=at), changes=apply_changes(brand=brand, at=at))
