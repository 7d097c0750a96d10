from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.orders.models import Order, Refund
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from referrals.visits.domain.clicks import line
from referrals.visits.services.journal import journal_folder
from tests.support.clients import Person, errors, results
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_koc, make_plan, make_product, make_share, make_user
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
SEPTEMBER = "2026-09"
DAY = timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi", policy={"min_payout_minor": 500, "withdrawals": True})
    make_product(brand, "S1", name="Serum")
    make_plan(brand, rules=[{"rate_bps": 1250}])
    return brand


@pytest.fixture
def koc(brand: Brand) -> Koc:
    koc = make_koc(brand, "owner", user=make_user())
    make_share(koc, code="code")
    return koc


def earn(brand: Brand, *orders: str) -> None:
    long_ago = STOPPED_AT - 40 * DAY
    report(
        brand,
        *[event for order in orders for event in (paid(order, share="code", at=long_ago), delivered(order, long_ago))],
        at=STOPPED_AT - DAY,
    )


def person(koc: Koc) -> Person:
    assert koc.user
    return Person(koc.user)


def test_a_statement_is_seen_with_every_line(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1", "A-2")
    settle_period(brand=brand, period=SEPTEMBER, at=STOPPED_AT)
    (statement,) = results(person(koc).read("statements", koc=koc.public_id))
    assert {key: statement[key] for key in ("period", "status", "on_request", "gross_minor", "debt_in_minor", "tax_minor", "net_minor")} == {
        "period": SEPTEMBER, "status": "ready", "on_request": False, "gross_minor": 2476, "debt_in_minor": 0, "tax_minor": 0, "net_minor": 2476,
    }  # fmt: skip
    assert person(koc).read(f"statements/{statement['id']}").json() == statement
    lines = results(person(koc).read(f"statements/{statement['id']}/lines"))
    assert [
        (line["order"], line["product"], line["level"], line["amount_minor"], line["adjustment"]) for line in lines
    ] == [
        ("A-1", "Serum", 1, 1238, None),
        ("A-2", "Serum", 1, 1238, None),
    ]


def test_without_statements_the_list_is_empty(koc: Koc) -> None:
    assert results(person(koc).read("statements", koc=koc.public_id)) == []


def test_a_period_that_is_no_month_is_refused(koc: Koc) -> None:
    for period in ("2026-13", "2026-3", "march", "2026-03-01"):
        refused = Person(koc.user).read("statements", koc=koc.public_id, period=period)
        assert (refused.status_code, errors(refused)) == (400, [("invalid", "period")])


def test_nobody_sees_anothers_statements(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    settle_period(brand=brand, period=SEPTEMBER, at=STOPPED_AT)
    statement = Statement.objects.get()
    for stranger in (make_koc(brand, user=make_user()), make_koc(make_brand(), user=make_user())):
        asked = person(stranger)
        assert asked.read("statements", koc=koc.public_id).status_code == 404
        assert asked.read(f"statements/{statement.public_id}").status_code == 404
        assert asked.read(f"statements/{statement.public_id}/lines").status_code == 404
    assert Person().read(f"statements/{statement.public_id}").status_code == 401


def test_a_withdrawal_is_answered_with_its_statement_and_a_second_finds_nothing(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    answer = person(koc).send("withdrawals", {"koc": koc.public_id, "amount_minor": 1238})
    assert (answer.status_code, answer.json()["net_minor"], answer.json()["on_request"]) == (201, 1238, True)
    again = person(koc).send("withdrawals", {"koc": koc.public_id})
    assert (again.status_code, errors(again)) == (409, [("nothing_to_withdraw", None)])
    assert balances(brand) == {("owner", "settled"): 1238}
    prove(brand)


def test_the_same_request_again_under_one_key_withdraws_once_and_gives_the_first_answer(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    first, second = (
        person(koc).send("withdrawals", {"koc": koc.public_id}, **{"Idempotency-Key": "w-1"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Statement.objects.count() == 1


def test_a_withdrawal_takes_off_what_was_refunded_of_own_orders_and_touches_nothing_else_of_the_brand(
    brand: Brand, koc: Koc
) -> None:
    earn(brand, "A-1")
    earn(brand, "A-2")
    send(
        brand,
        refunded("A-1", "R-1", STOPPED_AT - DAY, l1=9900),
        paid("B-1", share="code", at=STOPPED_AT - DAY),
        refunded("B-1", "R-2", STOPPED_AT),
        at=STOPPED_AT,
    )
    assert person(koc).send("withdrawals", {"koc": koc.public_id}).json()["net_minor"] == 1238
    assert Order.objects.get(key="B-1").credited_at is None
    assert dict(Refund.objects.values_list("key", "status")) == {"R-1": "applied", "R-2": "waiting"}
    prove(brand)


def test_a_refused_withdrawal_under_a_key_leaves_every_click_where_it_is(
    brand: Brand, koc: Koc, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    click = line(1, "code", "v1", 1_790_000_000_000_000, "source", robot=False)
    journal = journal_folder() / "1-1-1.clicks"
    journal.parent.mkdir()
    journal.write_bytes(click)
    send(brand, paid("B-1", at=STOPPED_AT - DAY), at=STOPPED_AT)
    answer = person(koc).send("withdrawals", {"koc": koc.public_id}, **{"Idempotency-Key": "w-1"})
    assert answer.status_code == 409
    assert journal.read_bytes() == click


def test_an_amount_that_changed_is_said_in_the_currency(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    answer = person(koc).send("withdrawals", {"koc": koc.public_id, "amount_minor": 999})
    assert "CN¥12.38" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "policy", "status", "code"),
    [
        ({"amount_minor": 999}, {}, 409, "amount_changed"),
        ({"amount_minor": 0}, {}, 400, "min_value"),
        ({}, {"withdrawals": False}, 409, "withdrawals_off"),
        ({}, {"min_payout_minor": 2000}, 409, "nothing_to_withdraw"),
    ],
)
def test_what_cannot_be_withdrawn_is_said_and_changes_nothing(
    brand: Brand, koc: Koc, body: dict[str, Any], policy: dict[str, Any], status: int, code: str
) -> None:
    PayPolicy.objects.update(**policy)
    earn(brand, "A-1")
    answer = person(koc).send("withdrawals", {"koc": koc.public_id} | body)
    assert (answer.status_code, errors(answer)[0][0]) == (status, code)
    assert not Statement.objects.exists()
    assert balances(brand) == {("owner", "approved"): 1238}


def test_a_stranger_withdraws_nothing(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    assert person(make_koc(brand, user=make_user())).send("withdrawals", {"koc": koc.public_id}).status_code == 404
    assert not Statement.objects.exists()


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(brand: Brand, koc: Koc) -> None:
    earn(brand, "A-1")
    settle_period(brand=brand, period=SEPTEMBER, at=STOPPED_AT)
    statement = Statement.objects.get()
    asked = person(koc)
    counts = []
    for more in (0, 20):
        for number in range(more):
            row = Adjustment.objects.create(
                brand=brand, koc=koc, kind="subsidy", amount_minor=1, happened_at=STOPPED_AT, statement=statement
            )
            statement.lines.create(adjustment=row, amount_minor=1)
            Statement.objects.create(
                settlement=statement.settlement,
                koc=make_koc(brand),
                period=f"20{number + 30}-01",
                currency="CNY",
                status="ready",
            )
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(results(asked.read(f"statements/{statement.public_id}/lines", page_size=50))) == 1 + more
        counts.append(len(seen))
    assert counts[0] == counts[1]
