"""A bound customer's orders go to whom they are bound to, whatever they clicked since and in whatever order it was
heard."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.credits import OrderCredit
from commissions.explanations.rendering.formats import Formats
from commissions.explanations.rendering.step_text import step_text
from commissions.orders.models import Order
from referrals.attribution.models import Binding
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.brand_files import LUMI, load
from tests.support.explanations import explain_order
from tests.support.factories import NOW, make_brand_with_plan, make_kit, make_koc, make_share, make_user
from tests.support.shop_events import cancelled, paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_shop(**credit: Any) -> dict[str, Any]:
    """ana and ben share; nothing was opened yet."""
    brand = make_brand_with_plan(
        credit={"binding_mode": "first", "binding_days": 90} | credit, rules=[{"rate_bps": 1000}]
    )
    kit = make_kit(brand)
    ana, ben = make_koc(brand, "ana"), make_koc(brand, "ben")
    return {"brand": brand, "ana": ana, "ben": ben, "ana's": make_share(ana, kit), "ben's": make_share(ben, kit)}


def opened(share: Share, at: Any, visitor: str = "v1") -> str:
    return Visit.objects.create(share=share, visitor=visitor, visited_at=at).public_id


def bind_to_ana(shop: dict[str, Any]) -> None:
    """The customer opened ana's share first and ben's a day later, and bought A-1 the day after."""
    click = opened(shop["ana's"], NOW)
    opened(shop["ben's"], NOW + DAY)
    report(shop["brand"], paid("A-1", at=NOW + 2 * DAY, click=click, customer={"id": "c"}), at=NOW + 2 * DAY)


def credit(brand: Brand, key: str) -> tuple[str, str | None]:
    order = Order.objects.select_related("koc").get(brand=brand, key=key)
    return order.credit, order.koc.key if order.koc else None


def bindings(brand: Brand) -> list[tuple[str, int, int | None, str]]:
    """(koc, since, until, because), with days from NOW."""
    rows = Binding.objects.filter(koc__brand=brand).order_by("customer", "since").select_related("koc")
    return [
        (row.koc.key, (row.since - NOW).days, (row.until - NOW).days if row.until else None, row.because)
        for row in rows
    ]


def test_a_later_click_takes_no_credit_from_whom_the_customer_is_bound_to() -> None:
    shop = make_shop()
    brand = shop["brand"]
    bind_to_ana(shop)
    assert credit(brand, "A-1") == ("binding", "ana")
    assert bindings(brand) == [("ana", 0, 90, "expired")]
    part = OrderCredit.objects.get()
    assert (part.koc, part.share, part.credit_bps) == (shop["ana"], shop["ana's"], 10_000)


def test_when_the_days_are_over_the_touches_decide_again_and_bind_anew() -> None:
    shop = make_shop()
    brand = shop["brand"]
    click = opened(shop["ana's"], NOW)
    opened(shop["ben's"], NOW + 95 * DAY)
    report(
        brand,
        paid("A-1", at=NOW + DAY, click=click, customer={"id": "c"}),
        paid("A-2", at=NOW + 89 * DAY, customer={"id": "c"}),
        paid("A-3", at=NOW + 96 * DAY, customer={"id": "c"}),
        at=NOW + 100 * DAY,
    )
    assert [credit(brand, f"A-{n}") for n in (1, 2, 3)] == [("binding", "ana"), ("binding", "ana"), ("binding", "ben")]
    assert bindings(brand) == [("ana", 0, 90, "expired"), ("ben", 95, 185, "expired")]


def test_an_order_binds_where_the_brand_binds_at_orders() -> None:
    shop = make_shop(binding_by="order")
    brand = shop["brand"]
    opened(shop["ana's"], NOW)
    click = opened(shop["ben's"], NOW + DAY)
    report(brand, paid("A-1", at=NOW + 2 * DAY, click=click, customer={"id": "c"}), at=NOW + 3 * DAY)
    opened(shop["ana's"], NOW + 4 * DAY)
    report(brand, paid("A-2", at=NOW + 5 * DAY, customer={"id": "c"}), at=NOW + 6 * DAY)
    assert [credit(brand, f"A-{n}") for n in (1, 2)] == [("click", "ben"), ("binding", "ben")]


def test_protection_ends_and_another_snatches_the_customer() -> None:
    shop = make_shop(binding_mode="permanent", binding_days=None, binding_protect_days=30)
    brand = shop["brand"]
    click = opened(shop["ana's"], NOW)
    opened(shop["ben's"], NOW + 29 * DAY)
    opened(shop["ben's"], NOW + 31 * DAY)
    events = [paid(f"A-{day}", at=NOW + day * DAY + DAY / 2, click=click, customer={"id": "c"}) for day in (29, 31)]
    report(brand, *events, at=NOW + 40 * DAY)
    assert [credit(brand, f"A-{n}") for n in (29, 31)] == [("binding", "ana"), ("binding", "ben")]
    assert bindings(brand) == [("ana", 0, 31, "snatched"), ("ben", 31, None, "")]


def test_what_the_shop_names_goes_first_and_nobody_is_bound_to_themself() -> None:
    shop = make_shop()
    brand = shop["brand"]
    Koc.objects.filter(pk=shop["ana"].pk).update(user=make_user("+8613900000001"))
    click = opened(shop["ana's"], NOW)
    report(
        brand, paid("A-1", at=NOW + DAY, click=click, customer={"id": "c", "phone": "+8613900000001"}), at=NOW + 2 * DAY
    )
    assert credit(brand, "A-1") == ("self_purchase", None)
    assert bindings(brand) == []
    opened(shop["ben's"], NOW + 3 * DAY)
    report(brand, paid("A-2", at=NOW + 4 * DAY, customer={"id": "c", "phone": "+8613900000001"}), at=NOW + 5 * DAY)
    assert credit(brand, "A-2") == ("binding", "ben")


def test_who_is_not_active_keeps_nobody() -> None:
    shop = make_shop()
    brand = shop["brand"]
    bind_to_ana(shop)
    Koc.objects.filter(pk=shop["ana"].pk).update(status="rejected")
    report(brand, paid("A-2", at=NOW + 3 * DAY, customer={"id": "c"}), at=NOW + 3 * DAY)
    assert [credit(brand, f"A-{n}") for n in (1, 2)] == [("binding", "ana"), ("binding", "ben")]


def test_a_cancelled_order_binds_nobody() -> None:
    shop = make_shop(binding_by="order")
    brand = shop["brand"]
    click = opened(shop["ana's"], NOW)
    report(
        brand,
        paid("A-1", at=NOW + DAY, click=click, customer={"id": "c"}),
        cancelled("A-1", NOW + 2 * DAY),
        at=NOW + 3 * DAY,
    )
    assert bindings(brand) == []


def test_a_guest_is_bound_to_nobody() -> None:
    shop = make_shop()
    report(shop["brand"], paid("A-1", at=NOW + DAY, click=opened(shop["ana's"], NOW)), at=NOW + 2 * DAY)
    assert credit(shop["brand"], "A-1") == ("click", "ana")
    assert bindings(shop["brand"]) == []


def test_a_binding_goes_before_shared_credit() -> None:
    shop = make_shop(attribution="linear")
    brand = shop["brand"]
    bind_to_ana(shop)
    assert credit(brand, "A-1") == ("binding", "ana")
    assert OrderCredit.objects.get().credit_bps == 10_000


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_arrives_in_any_order_before_it_is_answered_binds_the_same(order: tuple[int, ...]) -> None:
    shop = make_shop(binding_by="order", binding_protect_days=5)
    brand = shop["brand"]
    clicks = [
        opened(shop["ana's"], NOW),
        opened(shop["ben's"], NOW + 2 * DAY, "v2"),
        opened(shop["ben's"], NOW + 7 * DAY, "v2"),
    ]
    events = [paid(f"A-{n}", at=NOW + n * 4 * DAY + DAY, click=clicks[n], customer={"id": "c"}) for n in range(3)]
    report(brand, *[events[n] for n in order], at=NOW + 20 * DAY)
    assert [credit(brand, f"A-{n}")[1] for n in range(3)] == ["ana", "ana", "ana"]
    assert bindings(brand) == [("ana", 1, 91, "expired")]


def test_the_explanation_says_since_when_and_until_when() -> None:
    shop = make_shop()
    brand = shop["brand"]
    report(brand, paid("A-1", at=NOW + DAY, click=opened(shop["ana's"], NOW), customer={"id": "c"}), at=NOW + 2 * DAY)
    explanation = explain_order(Order.objects.get(brand=brand))
    assert explanation.credit.values["bound"]["by"] == "click"
    texts = [step_text(step, Formats("CNY", "Asia/Shanghai")) for step in explanation.amounts[0].steps]
    assert (
        "ana is credited: the customer has been bound to them since 2026-03-01 10:00, by a click, until 2026-05-30 10:00 at the latest."
        in texts
    )


def test_without_bindings_nothing_is_written() -> None:
    shop = make_shop(binding_mode="none", binding_days=None)
    report(
        shop["brand"],
        paid("A-1", at=NOW + DAY, click=opened(shop["ana's"], NOW), customer={"id": "c"}),
        at=NOW + 2 * DAY,
    )
    assert credit(shop["brand"], "A-1") == ("click", "ana")
    assert not Binding.objects.exists()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("{mode: none}", ("none", None, "either", None, None)),
        ("{mode: first}", ("first", 90, "either", None, None)),
        ("{mode: first, days: 30}", ("first", 30, "either", None, None)),
        ("{mode: permanent, by: order, protect_days: 0, release_days: 180}", ("permanent", None, "order", 0, 180)),
    ],
)
def test_the_file_of_a_brand_says_how_it_binds(written: str, kept: tuple[Any, ...]) -> None:
    load(LUMI.replace("hold_days: 7", f"hold_days: 7\n  binding: {written}"))
    policy = CreditPolicy.objects.get()
    assert (
        policy.binding_mode,
        policy.binding_days,
        policy.binding_by,
        policy.binding_protect_days,
        policy.binding_release_days,
    ) == kept
