"""A step of the clock that raises stops neither the steps that need it not nor the other brands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order, Refund
from commissions.schedule import run_due, run_due_everywhere
from commissions.tasks import credit_facts, do_what_is_due
from referrals.propagation.models import PendingAggregate
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 30 * DAY


def make_shop(slug: str) -> Brand:
    """An order to credit, a refund to apply, a delivery whose hold is over, and a share to aggregate."""
    brand = make_brand_with_plan(slug, rules=[{"rate_bps": 1000}])
    share = make_share(make_koc(brand, "sharer"), key="S").code
    report(brand, paid("old", share=share), paid("matured", share=share), paid("refunded", share=share))
    make_share(make_koc(brand, "another"), key="T")
    send(brand, paid("new", share=share), delivered("matured"), refunded("refunded", "R"), at=NOW + DAY)
    return brand


def left(brand: Brand) -> set[str]:
    """What of that is not done."""
    waiting = {
        "orders": Order.objects.filter(brand=brand, credited_at=None),
        "changes": Refund.objects.filter(brand=brand, status=Refund.Status.WAITING),
        "approvals": Commission.objects.filter(brand=brand, line__order__key="matured", approved_at=None),
        "spread": PendingAggregate.objects.filter(brand=brand),
    }
    return {name for name, rows in waiting.items() if rows.exists()}


STEPS = {
    "aggregate_spread": {"spread"},
    "credit_orders": {"orders"},
    "apply_changes": {"changes", "approvals"},  # a doubt pays nothing
    "approve_matured": {"approvals"},
    "expire_subsidies": set(),
}


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A bug in a step, for one brand or for all of them."""

    def break_(step: str, *, only: Brand | None = None, module: str = "commissions.schedule") -> None:
        done: Any = __import__(module, fromlist=[step])
        real = getattr(done, step)

        def broken(*, brand: Brand, **named: Any) -> Any:
            if only in (None, brand):
                raise ZeroDivisionError(step)
            return real(brand=brand, **named)

        monkeypatch.setattr(done, step, broken)

    return break_


def test_all_of_a_brand_is_done(lumi: Brand) -> None:
    shop = make_shop("shop")
    assert left(shop) == {"orders", "changes", "approvals", "spread"}
    run_due(brand=shop, at=LATER)
    assert left(shop) == set()


@pytest.mark.parametrize(("step", "not_done"), STEPS.items())
def test_a_step_that_raises_stops_no_step_that_does_not_need_it(
    step: str, not_done: set[str], breaks: Callable[..., None]
) -> None:
    shop = make_shop("shop")
    breaks(step)
    with pytest.raises(ZeroDivisionError, match=step):
        run_due(brand=shop, at=LATER)
    assert left(shop) == not_done
    assert not FailedFact.objects.exists()
    prove(shop)


def test_several_steps_that_raise_are_raised_together(breaks: Callable[..., None]) -> None:
    shop = make_shop("shop")
    breaks("aggregate_spread")
    breaks("approve_matured")
    with pytest.raises(ExceptionGroup, match=rf"work of brand {shop.pk}"):
        run_due(brand=shop, at=LATER)
    assert left(shop) == {"spread", "approvals"}


def test_a_brand_that_raises_stops_no_other(breaks: Callable[..., None]) -> None:
    first, second, third = (make_shop(slug) for slug in ("first", "second", "third"))
    breaks("credit_orders", only=second)
    with pytest.raises(ZeroDivisionError):
        run_due_everywhere(at=LATER)
    assert [left(brand) for brand in (first, second, third)] == [set(), {"orders"}, set()]


def test_refunds_are_applied_where_orders_cannot_be_credited(breaks: Callable[..., None]) -> None:
    shop = make_shop("shop")
    breaks("credit_orders", module="commissions.earnings.services.facts")
    credit_facts()
    assert left(shop) == {"orders", "approvals", "spread"}


def test_the_task_of_a_brand_that_raises_is_not_that_of_another(breaks: Callable[..., None]) -> None:
    first, second = make_shop("first"), make_shop("second")
    breaks("credit_orders", only=first)
    do_what_is_due()
    assert ("orders" in left(first), "orders" in left(second)) == (True, False)
    assert "changes" not in left(first) | left(second)
