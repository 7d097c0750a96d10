from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.api.commissions import CommissionSerializer
from commissions.earnings.models.commissions import Commission
from commissions.earnings.selectors.earnings import with_lines
from commissions.ledger.models import Wallet
from commissions.orders.services.events import receive_event
from commissions.schedule import run_due
from tests.support.clients import Person, check_list, errors, results
from tests.support.factories import NOW, make_brand, make_koc, make_plan, make_product, make_share, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    brand = make_brand(
        "lumi", policy={"paid_levels": 2, "level2_acknowledged_by": "Wang", "level2_acknowledged_at": NOW}
    )
    make_product(brand, "S1", name="Serum")
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    return brand


@pytest.fixture
def sponsor(brand: Brand) -> Koc:
    return make_koc(brand, user=make_user())


@pytest.fixture
def koc(brand: Brand, sponsor: Koc) -> Koc:
    return make_koc(brand, user=make_user(), sponsor=sponsor)


def sell(koc: Koc, *orders: str, price: int = 9900, paid_at: str = "2026-03-01T03:00:00Z") -> None:
    share = make_share(koc)
    for order in orders:
        body = (
            f'{{"type": "order.paid", "data": {{"order": "{order}", "paid_at": "{paid_at}", "currency": "CNY", "share": "{share.code}",'
            f' "lines": [{{"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": {price}}}]}}}}'
        )
        heard = max(NOW + timedelta(hours=2), datetime.fromisoformat(paid_at))
        receive_event(brand=koc.brand, webhook_id=order, body=body.encode(), at=heard)
    run_due(brand=koc.brand, at=NOW + timedelta(hours=2))


def listed(koc: Koc, **query: Any) -> list[Any]:
    return results(Person(koc.user).read("commissions", koc=koc.public_id, **query))


def test_a_commission_says_what_it_is_for(koc: Koc, sponsor: Koc) -> None:
    sell(koc, "A-1")
    [shown] = listed(koc)
    assert {**shown, "id": "", "made_at": ""} == {
        "id": "", "order": "A-1", "line": "1", "sku": "S1", "product": "Serum", "level": 1, "status": "pending", "amount_minor": 1238, "reversed_minor": 0,
        "net_minor": 1238, "currency": "CNY", "paid_at": "2026-03-01T03:00:00Z", "made_at": "", "approved_at": None,
    }  # fmt: skip
    assert shown["id"].startswith("com_")
    assert Person(koc.user).read(f"commissions/{shown['id']}").json() == shown
    [level_2] = listed(sponsor)
    assert (level_2["level"], level_2["amount_minor"]) == (2, 297)


def test_the_list_is_filtered(koc: Koc) -> None:
    sell(koc, "A-1")
    sell(koc, "A-2", paid_at="2026-03-06T02:00:00Z")
    newer = Commission.objects.get(koc=koc, line__order__key="A-2")
    Commission.objects.filter(pk=newer.pk).update(made_at=NOW + timedelta(days=5))
    assert listed(koc)[0]["id"] == newer.public_id
    assert len(listed(koc, level=1)) == 2
    assert listed(koc, level=2) == listed(koc, status="paid") == []
    # when the order was paid, not when Grove heard of it
    assert [one["order"] for one in listed(koc, **{"from": "2026-03-01", "to": "2026-03-02"})] == ["A-1"]
    assert [one["order"] for one in listed(koc, to="2026-03-06T02:00:00Z")] == ["A-1"]
    assert [one["id"] for one in listed(koc, **{"from": "2026-03-06T02:00:00Z"})] == [newer.public_id]
    assert listed(koc, **{"from": "2026-03-06T10:00:01+08:00"}) == []
    assert len(listed(koc, **{"from": "2026-03-01T00:00:00+23:59", "to": "2026-03-31T00:00:00-23:59"})) == 2
    for field, value in [
        ("to", "9999-12-31T23:59:59-23:59"),
        ("from", "0001-01-01T00:00:00+14:00"),
        ("status", "lost"),
        ("level", "3"),
        ("from", "yesterday"),
        ("to", "9" * 30),
    ]:
        refused = Person(koc.user).read("commissions", koc=koc.public_id, **{field: value})
        assert (refused.status_code, errors(refused)[0][1]) == (400, field)


def test_earnings_are_their_owners_alone(koc: Koc, sponsor: Koc) -> None:
    sell(koc, "A-1")
    [commission] = listed(koc)
    for path in ("commissions", "wallet"):
        missing = Person(koc.user).read(path)
        assert (missing.status_code, errors(missing)) == (400, [("required", "koc")])
        for other in (sponsor.user, make_user()):
            assert Person(other).read(path, koc=koc.public_id).status_code == 404
        assert Person().read(path, koc=koc.public_id).status_code == 401
    for other in (sponsor.user, make_user()):
        assert Person(other).read(f"commissions/{commission['id']}").status_code == 404


def test_twenty_commissions_take_as_many_queries_as_one(koc: Koc) -> None:
    person = Person(koc.user)
    sell(koc, "A-0")
    with CaptureQueriesContext(connection) as one:
        assert len(results(person.read("commissions", koc=koc.public_id))) == 1
    sell(koc, *(f"A-{number}" for number in range(1, 20)))
    with CaptureQueriesContext(connection) as twenty:
        assert len(results(person.read("commissions", koc=koc.public_id))) == 20
    assert len(one) == len(twenty) <= 4


def test_all_commissions_of_one_moment_are_found_page_by_page(koc: Koc) -> None:
    sell(koc, *(f"A-{number}" for number in range(12)))
    person, url, seen = Person(koc.user), f"/api/v1/commissions?koc={koc.public_id}&page_size=5", []
    while url:
        page = person.get(url)
        seen += [one["order"] for one in results(page)]
        url = page.json()["next"]
    assert sorted(seen) == sorted(f"A-{number}" for number in range(12))


def test_a_wallet_says_where_the_money_is(koc: Koc) -> None:
    wallet = Person(koc.user).read("wallet", koc=koc.public_id)
    nothing = {
        "currency": "CNY",
        "pending_minor": 0,
        "approved_minor": 0,
        "settled_minor": 0,
        "paying_minor": 0,
        "debt_minor": 0,
        "paid_minor": 0,
    }
    assert wallet.json() == nothing
    sell(koc, "A-1")
    assert Person(koc.user).read("wallet", koc=koc.public_id).json() == {**nothing, "pending_minor": 1238}
    Wallet.objects.create(brand=koc.brand, koc=koc, kind="debt", currency="USD", balance_minor=-5)
    Wallet.objects.update_or_create(
        brand=koc.brand, koc=koc, kind="debt", currency="CNY", defaults={"balance_minor": -70}
    )
    assert Person(koc.user).read("wallet", koc=koc.public_id).json()["debt_minor"] == 70


def test_the_list_says_what_its_serializer_says(koc: Koc) -> None:
    sell(koc, "A-1", "A<&>'-2é", "A-3")
    sell(koc, "A-4", paid_at="2026-02-28T03:00:00.123456Z")
    first = Commission.objects.filter(koc=koc).first()
    assert first
    Commission.objects.filter(pk=first.pk).update(reversed_minor=-7, approved_at=NOW)
    check_list(
        koc,
        "commissions",
        CommissionSerializer,
        with_lines(Commission.objects.filter(koc=koc)).order_by("-made_at", "-pk"),
    )
