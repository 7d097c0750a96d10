"""The last use of a coupon, by two orders that are answered at one moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from commissions.earnings.selectors import crediting as selectors
from commissions.earnings.selectors.coupons import couponed_orders
from commissions.earnings.services import crediting
from commissions.earnings.services.crediting import credit_orders
from commissions.orders.models import Order
from commissions.plans.models.policies import PayPolicy
from referrals.coupons.models import Coupon, CouponUse
from tests.support.concurrency import Rendezvous, run_at_once
from tests.support.factories import NOW, make_brand_with_plan, make_koc
from tests.support.shop_events import paid, send

BEYOND = "ALTER TABLE referrals_coupon DROP CONSTRAINT coupon_is_not_used_beyond_its_stock"
WITHIN = "ALTER TABLE referrals_coupon ADD CONSTRAINT coupon_is_not_used_beyond_its_stock CHECK (stock IS NULL OR used <= stock)"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("guard", ["book", "constraint", "nothing"])
def test_the_last_use_of_a_coupon_is_had_by_one_of_two(
    committed: None, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """Two workers, each with one of two orders. Under the book the second finds it used up; without it the database
    refuses one, whose order is set aside and credited later; without that both have it."""
    brand = make_brand_with_plan(rules=[{"rate_bps": 1000}])
    Coupon.objects.create(brand=brand, koc=make_koc(brand), code="LAST", starts_at=NOW, stock=1)
    send(brand, paid("A-1", coupon="LAST"), paid("A-2", coupon="LAST"))
    mine: list[str] = ["A-1", "A-2"]

    def half(brand: Brand, *, most: int, at: datetime) -> list[int]:
        """This worker's own order of those that wait, then none."""
        own = [Order.objects.get(brand=brand, key=mine.pop()).pk] if mine else []
        return [order for order in selectors.orders_to_credit(brand, most=most, at=at) if order in own]

    monkeypatch.setattr(crediting, "orders_to_credit", half)
    monkeypatch.setattr(crediting, "couponed_orders", Rendezvous(couponed_orders))
    if guard != "book":
        monkeypatch.setattr(crediting, "lock_book", lambda brand: PayPolicy.objects.get(brand=brand))
    if guard == "nothing":
        run(BEYOND)
    outcomes: Sequence[Any] = run_at_once(*[lambda: credit_orders(brand=brand, at=NOW)] * 2)
    assert sum(outcomes) == (1 if guard == "constraint" else 2)
    assert FailedFact.objects.count() == (1 if guard == "constraint" else 0)
    monkeypatch.undo()
    credit_orders(brand=brand, at=NOW + timedelta(minutes=1))
    assert not FailedFact.objects.exists()
    used, credits = Coupon.objects.get().used, sorted(Order.objects.values_list("credit", flat=True))
    if guard == "nothing":
        Coupon.objects.update(stock=None)
        run(WITHIN)
    assert (used, CouponUse.objects.count()) == ((2, 2) if guard == "nothing" else (1, 1))
    assert credits == (["coupon", "coupon"] if guard == "nothing" else ["coupon", "nobody"])
