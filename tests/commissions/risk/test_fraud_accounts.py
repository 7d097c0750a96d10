"""Who is one person, or uses one device, as far as the rows can say."""

from datetime import timedelta

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission
from commissions.risk.models import Signal, SignalPolicy
from commissions.risk.services import dismiss_signals, find_signals
from referrals.attribution.models import Acquaintance
from tests.support.factories import IDS, NOW, make_customer, make_koc, make_payee, make_user
from tests.support.fraud import DAY, LATER, commission_statuses, find, make_searched_brand, search_only_for
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db


def seen(brand: Brand, visitor: str, *customers: str) -> None:
    """These customers used one device."""
    for key in customers:
        customer = brand.customers.filter(key=key).first() or make_customer(brand, key)
        Acquaintance.objects.create(customer=customer, visitor=visitor)


def buy(brand: Brand, order: str, customer: str, *, at=NOW) -> None:
    report(brand, paid(order, share=brand.slug, customer={"id": customer}, at=at), at=LATER)


def own_account(brand: Brand, key: str, phone: str, *, koc: str = "a") -> None:
    """The KOC is a customer, too: the phone says so."""
    Koc.objects.filter(brand=brand, key=koc).update(user=make_user(phone))
    make_customer(brand, key, phone=phone)


def customers_of(signal: Signal) -> list[str]:
    return list(signal.facts.order_by("customer__key").values_list("customer__key", flat=True))


def test_three_customers_of_a_koc_on_one_device_are_a_signal(brand: Brand) -> None:
    seen(brand, "phone", "x", "y", "z")
    seen(brand, "tablet", "x")
    for order, customer in [("A-1", "x"), ("A-2", "y"), ("A-3", "y")]:
        buy(brand, order, customer)
    assert find(brand) == []
    buy(brand, "A-4", "z")
    assert find(brand) == [("device", "a", 3, 3)]
    signal = Signal.objects.get()
    assert (signal.evidence, customers_of(signal)) == ({"devices": 1, "customers": 3}, ["x", "y", "z"])
    assert find(brand) == []


def test_a_fourth_account_on_the_device_is_new_evidence_unless_the_three_were_a_false_alarm(brand: Brand) -> None:
    seen(brand, "phone", "x", "y", "z", "w", "v")
    for order, customer in [("A-1", "x"), ("A-2", "y"), ("A-3", "z")]:
        buy(brand, order, customer)
    find(brand)
    buy(brand, "A-4", "w")
    assert find(brand) == [("device", "a", 4, 3)]
    assert customers_of(Signal.objects.latest("pk")) == ["w"]
    dismiss_signals(
        brand=brand,
        signals=list(Signal.objects.values_list("pk", flat=True)),
        reason="a family",
        by=make_user(),
        at=LATER,
    )
    buy(brand, "A-5", "v")
    assert find(brand) == []


def test_what_a_device_bought_of_others_or_of_another_brand_is_not_counted(brand: Brand) -> None:
    other = make_searched_brand("other")
    for one in (brand, other):
        seen(one, "phone", "x", "y", "z")
        buy(one, "A-1", "x")
    buy(other, "A-2", "y")
    buy(other, "A-3", "z", at=NOW - 95 * DAY)
    assert (find(brand), find(other)) == ([], [])


def test_what_the_accounts_of_one_device_buy_later_is_held_too(brand: Brand) -> None:
    seen(brand, "phone", "x", "y", "z")
    for order, customer in [("A-1", "x"), ("A-2", "y"), ("A-3", "z"), ("A-4", "stranger")]:
        buy(brand, order, customer)
    search_only_for(brand, "device", holds=True)
    assert tuple(find_signals(brand=brand, at=LATER)) == (1, 3)
    buy(brand, "A-5", "x")
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 1)
    assert commission_statuses() == {"A-1": "held", "A-2": "held", "A-3": "held", "A-4": "pending", "A-5": "held"}


def test_two_orders_by_another_account_on_the_kocs_own_device_are_a_signal(brand: Brand) -> None:
    own_account(brand, "self", "+8613812340000")
    seen(brand, "phone", "self", "shadow")
    seen(brand, "laptop", "self", "shadow")
    buy(brand, "A-1", "shadow")
    buy(brand, "A-2", "self")  # earns nothing, and is no secret
    assert find(brand) == []
    buy(brand, "A-3", "shadow")
    assert find(brand) == [("self_purchase", "a", 2, 2)]
    signal = Signal.objects.get()
    assert (signal.evidence, customers_of(signal)) == ({"accounts": 1, "orders": 2}, ["shadow"])
    assert find(brand) == []


def test_another_kocs_device_says_nothing_about_this_one(brand: Brand) -> None:
    make_koc(brand, "b")
    own_account(brand, "self", "+8613812340000", koc="b")
    seen(brand, "phone", "self", "friend")
    buy(brand, "A-1", "friend")
    buy(brand, "A-2", "friend")
    assert find(brand) == []


def test_the_device_of_a_koc_at_another_brand_is_not_looked_at(brand: Brand) -> None:
    other = make_searched_brand("other")
    own_account(brand, "self", "+8613812340000")
    Koc.objects.filter(brand=other, key="a").update(user=Koc.objects.get(brand=brand, key="a").user)
    seen(brand, "phone", "self")
    seen(other, "phone", "shadow")
    buy(other, "A-1", "shadow")
    buy(other, "A-2", "shadow")
    assert (find(brand), find(other)) == ([], [])


def test_two_memberships_of_one_person_are_a_signal_about_the_later(brand: Brand) -> None:
    first, second = make_koc(brand, "first", user=make_user()), make_koc(brand, "second", user=make_user())
    make_koc(brand, "stranger", user=make_payee(make_user(), IDS[1]).user)
    make_koc(make_searched_brand("other"), "elsewhere", user=make_payee(make_user()).user)
    make_payee(first.user)
    assert find(brand) == []
    make_payee(second.user)
    assert find(brand) == [("payee", "second", 2, 2)]
    assert list(Signal.objects.get().facts.values_list("other__key", flat=True)) == ["first"]
    assert find(brand) == []
    make_koc(brand, "third", user=make_payee(make_user()).user)
    assert find(brand) == [("payee", "third", 3, 2)]


def test_one_who_shares_a_payee_waits_with_all_that_they_earn(brand: Brand) -> None:
    make_payee(make_koc(brand, "first", user=make_user()).user, IDS[1])
    user = make_user()
    Koc.objects.filter(key="a").update(user=user)
    make_payee(user)
    make_koc(brand, "again", user=make_payee(make_user()).user)
    buy(brand, "A-1", "x")
    search_only_for(brand, "payee", holds=True, days=0)
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 0)  # found a year before, when the policies were made
    assert SignalPolicy.objects.get(kind="payee").holds
    assert set(Signal.objects.values_list("koc__key", flat=True)) == {"again"}
    Signal.objects.update(found_at=LATER - timedelta(days=1))
    report(brand, paid("A-2", koc="again"), at=LATER)
    assert tuple(find_signals(brand=brand, at=LATER)) == (0, 1)
    assert dict(Commission.objects.values_list("koc__key", "status")) == {"a": "pending", "again": "held"}
