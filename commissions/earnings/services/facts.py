"""What the shop reported is processed: orders are credited, changes are applied. Safe to repeat at any moment, by any
number of workers."""

from dataclasses import dataclass
from datetime import datetime

from accounts.brands.models import Brand
from accounts.failures.services import every_step
from accounts.people.models import Koc
from commissions.earnings.selectors.earnings import orders_to_process
from commissions.earnings.services.approvals import approve_matured_of
from commissions.earnings.services.crediting import credit_orders
from commissions.earnings.services.gaps import hold_own_purchases
from commissions.earnings.services.order_changes import apply_changes, apply_changes_of
from commissions.orders.models import Order
from commissions.plans.models.policies import PayPolicy
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


def process_facts_of(koc: Koc, *, policy: PayPolicy, at: datetime) -> None:
    """Apply the refunds and amendments of the orders that a KOC earned by, and approve what has matured of them: what
    the KOC's own money depends on, and nothing else of the brand. The caller holds the book."""
    orders = orders_to_process(koc)
    hold_own_purchases(orders, brand=koc.brand, at=at)
    apply_changes_of(orders, brand=koc.brand, policy=policy, at=at)
    approve_matured_of(orders, brand=koc.brand, at=at)


def ingest_clicks_of_orders(*, at: datetime) -> None:
    """Ingest all clicks of this machine if an order waits to be credited: it is credited once, and what was clicked
    before it came may still be in the journal of a web process.

    Never inside of a transaction: a journal is removed afterwards, and a rollback would leave its clicks nowhere."""
    if Order.objects.filter(credited_at=None).exists():
        ingest_all(journal_folder(), at=at)


def credit_facts(*, brand: Brand, at: datetime) -> Done:
    """Credit the orders of a brand and apply the refunds and amendments of those that are credited: all facts that are
    known, whenever they happened. The caller ingests clicks first (`ingest_clicks_of_orders`). If one of the two raises,
    the other is done all the same."""
    done = Done()
    with every_step(f"facts of brand {brand.pk}") as step:
        with step():
            done += Done(credited=credit_orders(brand=brand, at=at))
        with step():
            done += Done(changes=apply_changes(brand=brand, at=at))
    return done
