"""From orders to the bank: sums that a person can add up, and every row that does not fit."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from commissions.audit.domain.refusals import NotReconciled
from commissions.audit.selectors import links
from commissions.audit.selectors.report import Reconciliation, reconciliation
from commissions.earnings.models.commissions import Commission
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.services.events import receive_event
from commissions.payouts.services.reopening import reopen_period
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, make_brand, make_staff
from tests.support.payout_files import answer, reference_of
from tests.support.payouts import APRIL_1, exported, make_ready_brand
from tests.support.shop_events import cancelled, paid, refunded, report, send

pytestmark = pytest.mark.django_db
MARCH = "2026-03"


@pytest.fixture
def brand() -> Brand:
    """KOCs a, b and c sold 1, 2 and 3 times for 99.00 and earned 13.61 each time; March is settled and at the bank,
    which paid a, and could not pay b."""
    brand = make_ready_brand("lumi")
    batch = exported(brand)
    answer(
        brand,
        {"reference": reference_of(batch, "a"), "status": "paid"},
        {"reference": reference_of(batch, "b"), "status": "failed"},
    )
    return brand


def march(brand: Brand) -> Reconciliation:
    return reconciliation(brand, first=MARCH, last=MARCH)


def steps(found: Reconciliation, stage: str) -> dict[str, tuple[int, int]]:
    """(count, amount) of the steps of a stage that are not 0."""
    return {step.key: (step.count, step.amount_minor) for step in found.steps if step.stage == stage and step.count}


def off(found: Reconciliation) -> dict[str, list[tuple[str, int, int]]]:
    """The rows that differ, by link."""
    return {
        link.key: [(one.row, one.told, one.found) for one in link.differences] for link in found.links if link.count
    }


def test_every_step_from_the_orders_to_the_bank_has_its_sum(brand: Brand) -> None:
    found = march(brand)
    assert steps(found, "orders") == {"sold": (6, 59_400), "base": (6, 59_400), "credited": (6, 59_400)}
    assert steps(found, "commissions") == {
        "accrued": (6, 8_166), "net": (6, 8_166), "net_settled": (5, 6_805), "net_paid": (1, 1_361), "on_statements": (6, 8_166),
    }  # fmt: skip
    assert steps(found, "statements") == {"of_these_orders": (6, 8_166), "gross": (3, 8_166), "net": (3, 8_166)}
    assert steps(found, "batches") == {"paid": (1, 1_361), "at_the_bank": (1, 4_083), "in_no_batch": (1, 2_722)}
    assert steps(found, "bank") == {"paid": (1, 1_361), "failed": (1, 2_722), "booked_as_paid": (1, 1_361)}
    assert (found.differences, off(found)) == (0, {})
    assert all(link.told == link.found and link.looked_at for link in found.links)


def test_refunds_debts_taxes_and_discounts_are_steps_too() -> None:
    """Two lines of 200.00 and 100.00 with discounts of 20.00 and 30.00; then 100.00 of the first comes back after March
    was settled."""
    brand = make_ready_brand(tax="cn_labour_service")
    lines = [("1", "S1", 2, 10_000), ("2", "S1", 1, 10_000)]
    sale = paid("D-1", *lines, share="a", discount_minor=3_000)
    sale["data"]["lines"][0]["discount_minor"] = 2_000
    report(brand, sale, paid("D-2", share="a"), cancelled("D-2"), at=APRIL_1)
    report(brand, refunded("a-0", at=APRIL_1 + timedelta(days=1)), at=APRIL_1 + timedelta(days=1))
    found = march(brand)
    assert steps(found, "orders") == {
        "sold": (8, 59_400 + 30_000 + 9_900), "discounts": (1, -2_000), "order_discounts": (1, -3_000), "base": (9, 94_300),
        "taken_back": (2, -13_200), "credited": (9, 94_300),
    }  # fmt: skip
    assert steps(found, "commissions")["owed_back"] == (1, -453)
    assert found.differences == 0
    settle_period(brand=brand, period="2026-04", at=APRIL_1 + timedelta(days=40))
    april = reconciliation(brand, first="2026-04", last="2026-04")
    assert steps(april, "statements") == {"carried_debt": (1, -453)}
    assert april.differences == 0


def test_several_months_are_reconciled_together_and_other_months_are_told_apart(brand: Brand) -> None:
    at = datetime(2026, 4, 10, tzinfo=UTC)
    report(brand, paid("x", share="b", at=at), at=at)
    assert steps(reconciliation(brand, first="2026-04", last="2026-04"), "orders") == {
        "sold": (1, 9_900),
        "base": (1, 9_900),
        "credited": (1, 9_900),
    }
    both = reconciliation(brand, first=MARCH, last="2026-04")
    assert steps(both, "orders")["sold"] == (7, 69_300)
    assert steps(both, "statements")["net"] == (3, 8_166)
    assert both.differences == 0


def test_another_brands_money_is_not_counted(brand: Brand) -> None:
    found = march(make_brand("other"))
    assert [step for step in found.steps if step.count] == []
    assert found.differences == 0


def test_a_reopened_month_leaves_nothing_and_differs_in_nothing() -> None:
    brand = make_ready_brand()
    reopen_period(brand=brand, period=MARCH, because="a mistake", by=None, at=APRIL_1)
    found = march(brand)
    assert (steps(found, "statements"), found.differences) == ({}, 0)
    assert steps(found, "commissions")["open"] == (6, 8_166)


def test_what_waits_is_named(brand: Brand) -> None:
    send(brand, paid("late", share="a"), refunded("unknown", refund="R-9"))
    assert off(march(brand)) == {
        "answered": [("order late", 1, 0)],
        "applied": [("refund R-9 of order unknown waiting", 1, 0)],
    }


def test_a_refused_event_is_named_until_the_order_is_told_again(brand: Brand) -> None:
    wrong = json.dumps(paid("new", ("1", "nothing", 1, 9900))).encode()
    with pytest.raises(EventRefused):
        receive_event(brand=brand, webhook_id="msg-1", body=wrong, at=NOW)
    ((row, told, found),) = off(march(brand))["events"]
    assert row.startswith("order.paid msg-1: ")
    assert (told, found) == (1, 0)
    report(brand, paid("new", share="a"))
    assert off(march(brand)) == {}


TAMPERED = [
    (
        "UPDATE commissions_orderline SET base_minor = base_minor + 1 WHERE id = (SELECT min(id) FROM commissions_orderline)",
        {"base"},
    ),
    ("UPDATE commissions_commission SET amount_minor = amount_minor + 100 WHERE id = {first}", {"terms", "accrued"}),
    ("UPDATE commissions_commission SET reversed_minor = 100 WHERE id = {first}", {"terms", "reversed"}),
    ("UPDATE commissions_commission SET settled_minor = 1 WHERE id = {first}", {"on_statements"}),
    (
        "UPDATE commissions_lineterms SET rate_bps = 1000 WHERE line_id = (SELECT line_id FROM commissions_commission WHERE id = {first})",
        {"terms"},
    ),
    ("DELETE FROM commissions_transfer WHERE reason = 'accrual' AND cause_id = {first}", {"accrued"}),
    ("DELETE FROM commissions_statementline WHERE commission_id = {first}", {"on_statements", "lines"}),
    (
        "UPDATE commissions_statement SET gross_minor = gross_minor + 1, net_minor = net_minor + 1 WHERE koc_id = {c}",
        {"lines", "statements_moved", "in_batches"},
    ),
    (
        "UPDATE commissions_transfer SET amount_minor = amount_minor + 1 WHERE reason = 'settlement' AND amount_minor = 4083",
        {"statements_moved"},
    ),
    (
        "UPDATE commissions_payoutline SET amount_minor = amount_minor - 1 WHERE koc_id = {c}",
        {"in_batches", "batch_totals", "at_the_bank"},
    ),
    ("UPDATE commissions_payoutbatch SET total_minor = total_minor + 1", {"batch_totals"}),
    ("UPDATE commissions_statement SET status = 'ready' WHERE status = 'paid'", {"statements_paid"}),
    (
        "UPDATE commissions_payoutline SET status = 'failed', paid_at = NULL WHERE status = 'paid'",
        {"statements_paid", "bank"},
    ),
    ("DELETE FROM commissions_transfer WHERE reason = 'paid'", {"bank", "at_the_bank"}),
    ("DELETE FROM commissions_transfer WHERE reason = 'returned'", {"at_the_bank"}),
]


@pytest.mark.parametrize(("statement", "told"), TAMPERED, ids=range(len(TAMPERED)))
def test_what_does_not_fit_is_found_where_it_does_not_fit(brand: Brand, statement: str, told: set[str]) -> None:
    first = Commission.objects.filter(brand=brand, koc__key="c").order_by("pk").first()
    assert first is not None
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger sees it
        cursor.execute(statement.format(first=first.pk, c=first.koc_id))
        cursor.execute("SET session_replication_role = origin")
    assert set(off(march(brand))) == told


def test_a_difference_names_its_row_and_both_sides(brand: Brand) -> None:
    first = Commission.objects.filter(brand=brand, koc__key="c").order_by("pk").first()
    assert first is not None
    Commission.objects.filter(pk=first.pk).update(amount_minor=1_400)
    row = f"commission {first.pk} of order c-0"
    assert off(march(brand)) == {"terms": [(row, 1_361, 1_400)], "accrued": [(row, 1_400, 1_361)]}


def test_the_first_rows_are_named_and_all_are_counted(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "NAMED", 2)
    monkeypatch.setattr(links, "ORDERS_A_TIME", 1)
    Commission.objects.filter(brand=brand).update(amount_minor=1_400)
    found = {
        link.key: (link.count, len(link.differences), link.told - link.found)
        for link in march(brand).links
        if link.count
    }
    assert found == {"terms": (6, 2, -6 * 39), "accrued": (6, 2, 6 * 39)}


def test_with_too_many_orders_the_terms_are_left_out_and_that_is_said(brand: Brand) -> None:
    found = reconciliation(brand, first=MARCH, last=MARCH, recompute=5)
    assert [link.key for link in found.links if not link.looked_at] == ["terms"]
    assert [
        link.key for link in reconciliation(brand, first=MARCH, last=MARCH, recompute=6).links if not link.looked_at
    ] == []


@pytest.mark.parametrize(("first", "last"), [("2026-13", "2026-13"), ("2026-03", "2026-02"), ("March", "April")])
def test_what_are_no_months_is_refused(brand: Brand, first: str, last: str) -> None:
    with pytest.raises(PeriodRefused):
        reconciliation(brand, first=first, last=last)


# The command


def command(**options: Any) -> str:
    out = io.StringIO()
    call_command("reconcile", brand="lumi", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_the_command_says_that_all_is_well(brand: Brand) -> None:
    lines = command(period=MARCH).splitlines()
    assert lines[0] == "Lumi (lumi), 2026-03, CNY"
    assert next(line.split() for line in lines if "goods sold" in line)[-2:] == ["6", "594.00"]
    assert lines[-1] == "reconcile: 17 links, 0 differences"
    assert command(period="2026-03..2026-04").splitlines()[0] == "Lumi (lumi), 2026-03 to 2026-04, CNY"


def test_the_command_fails_when_something_differs_and_names_it(brand: Brand) -> None:
    Commission.objects.filter(brand=brand, koc__key="a").update(amount_minor=1_400)
    out = io.StringIO()
    with pytest.raises(NotReconciled, match=r"^reconcile: 17 links, 2 differences$"):
        call_command("reconcile", brand="lumi", period=MARCH, stdout=out)
    assert [line.split(": ")[-1] for line in out.getvalue().splitlines()[-2:]] == ["13.61 ≠ 14.00", "14.00 ≠ 13.61"]


def test_the_report_as_csv_has_steps_links_and_rows(brand: Brand, tmp_path: Path) -> None:
    Commission.objects.filter(brand=brand, koc__key="a").update(amount_minor=1_400)
    file = tmp_path / "march.csv"
    with pytest.raises(NotReconciled):
        command(period=MARCH, format="csv", out=str(file))
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    assert next((row["count"], row["amount"]) for row in rows if row["key"] == "sold") == ("6", "594.00")
    assert [
        (row["kind"], row["amount"], row["other_side"], row["difference"])
        for row in rows
        if row["key"] == "accrued" and row["kind"] != "step"
    ] == [
        ("link", "82.05", "81.66", "0.39"),
        ("row", "14.00", "13.61", "0.39"),
    ]


def test_the_report_as_json_keeps_minor_units(brand: Brand) -> None:
    told = json.loads(command(period=MARCH, format="json"))
    assert (told["brand"], told["currency"], told["first"], told["differences"], len(told["links"])) == (
        "lumi",
        "CNY",
        MARCH,
        0,
        17,
    )
    assert {
        "stage": "bank",
        "key": "paid",
        "label": "paid by the bank",
        "count": 1,
        "amount_minor": 1_361,
    } in told["steps"]


# The page

PAGE = "admin:commissions_reconciliation_changelist"


def test_staff_see_the_reconciliation_of_their_own_brand(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    offered = client.get(reverse(PAGE)).context["form"]
    assert (offered.is_bound, list(offered.fields["brand"].queryset)) == (False, [brand])
    page = client.get(reverse(PAGE), {"brand": str(brand.pk), "first": MARCH, "last": MARCH}).content.decode()
    for piece in ["no differences", "CN¥594.00", "CN¥81.66", "CN¥40.83", "CN¥13.61"]:
        assert piece in page
    Commission.objects.filter(brand=brand, koc__key="a").update(amount_minor=1_400)
    page = client.get(reverse(PAGE), {"brand": str(brand.pk), "first": MARCH, "last": MARCH}).content.decode()
    assert "differences: 2" in page
    assert "of order a-0" in page


def test_another_brand_cannot_be_chosen(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(make_brand("other")))
    answer = client.get(reverse(PAGE), {"brand": str(brand.pk), "first": MARCH, "last": MARCH})
    assert (list(answer.context["form"].errors), answer.context["report"]) == (["brand"], None)
    client.logout()
    assert client.get(reverse(PAGE)).status_code == 302


def test_what_is_no_month_is_said_beside_it(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    answer = client.get(reverse(PAGE), {"brand": str(brand.pk), "first": "2026-13", "last": "2026-13"})
    assert answer.context["form"].errors["first"] == ["2026-13 is no month."]


def test_the_page_asks_the_same_number_of_questions_for_more_orders(
    brand: Brand, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(make_staff(brand))
    asked = {"brand": str(brand.pk), "first": MARCH, "last": MARCH}
    client.get(reverse(PAGE), asked)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(PAGE), asked)
    report(brand, *(paid(f"more-{n}", share="a") for n in range(20)))
    with django_assert_num_queries(len(few)):
        client.get(reverse(PAGE), asked)
