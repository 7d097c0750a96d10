"""An order is read once, in a fixed number of queries, into plain values."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import reverse_commissions
from commissions.explanations.selectors import order_record
from commissions.orders.models import Order
from commissions.settlement.services.settlement import settle_period
from tests.support.explanations import DAY, HOUR, explain_commission, explain_order, explanation_of, make_campaign, sold
from tests.support.factories import NOW
from tests.support.shop_events import delivered, paid, refunded, report

pytestmark = pytest.mark.django_db


def test_one_commission_is_explained_with_its_line_alone(brand: Brand) -> None:
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S1", 1, 5000), share="code"))
    commission = Commission.objects.get(level=1, line__key="2")
    line, amount = explain_commission(commission)
    assert amount.commission is not None
    assert (line.key, amount.commission.id, amount.amount_minor, amount.adds_up) == ("2", commission.pk, 688, True)


def query_counts() -> list[int]:
    """How many queries it takes to read each order."""
    counts = []
    for pk in Order.objects.values_list("pk", flat=True):
        with CaptureQueriesContext(connection) as captured:
            order_record(pk)
        counts.append(len(captured))
    return counts


def report_one_and_twenty(brand: Brand) -> None:
    report(
        brand,
        paid("one", ("1", "S1", 1, 9900), share="code"),
        paid("many", *[(str(n), "S1", 1, 9900) for n in range(20)], share="code"),
    )
    for order in ("one", "many"):
        report(brand, refunded(order, "R-1", NOW + DAY, l1=3300))


def test_an_order_takes_the_same_queries_for_1_line_and_for_20(brand: Brand) -> None:
    report_one_and_twenty(brand)
    assert [len(explanation_of(order).amounts) for order in ("one", "many")] == [2, 40]
    one, many = query_counts()
    assert one == many <= 17


def test_bonuses_that_were_given_or_missed_take_the_same_queries_for_1_line_and_for_20(brand: Brand) -> None:
    make_campaign(brand, "bounty", fixed_minor=100, budget_minor=1000)
    report_one_and_twenty(brand)
    assert [len(explanation_of(order).amounts) for order in ("one", "many")] == [3, 60]
    one, many = query_counts()
    assert one == many <= 17


def plain(value: Any) -> Any:
    """Whether a value is a number, a text, an instant, or a tuple or a frozen record of such."""
    if value is None or isinstance(value, int | str | datetime):
        return True
    if isinstance(value, tuple):
        return all(map(plain, value))
    if hasattr(value, "__dict__") or not getattr(value, "__dataclass_params__", None):
        return False
    return value.__dataclass_params__.frozen and all(plain(getattr(value, field.name)) for field in fields(value))


def test_a_record_is_frozen_and_holds_plain_values_alone(brand: Brand) -> None:
    """An order with all that a record can hold: campaigns, an amendment, a refund, a review, a delivery, a statement."""
    make_campaign(brand, "bounty", fixed_minor=2000, budget_minor=500)
    make_campaign(brand, "steps", steps=[[0, 100]])
    report(brand, sold(("1", "S1", 1, 9900), at=NOW), sold(("1", "S1", 2, 9900), at=NOW + HOUR))
    report(brand, delivered(), refunded("A-1", "R-1", NOW + DAY, l1=100), at=NOW + 20 * DAY)
    first = Commission.objects.filter(level=1, campaign=None).get()
    reverse_commissions(brand=brand, commissions=[first.pk], reason="fraud", by=None, at=NOW + 21 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    record = order_record(Order.objects.get().pk)
    assert plain(record)
    assert (len(record.versions), len(record.refunds), record.settled_period) == (2, 1, "2026-03")
    [line] = record.lines
    assert [made.bonus and made.bonus.campaign.key for made in line.commissions] == [None, None, "bounty", "steps"]
    assert [made.reviews != () for made in line.commissions] == [True, False, False, False]
    assert not plain(Order.objects.get())


def test_an_order_of_many_lines_can_be_shown_in_part(brand: Brand) -> None:
    report(brand, paid("A-1", *[(str(n), "S1", 1, 9900) for n in range(5)], share="code"))
    explanation = explain_order(Order.objects.get(), most_lines=2)
    assert ([line.key for line in explanation.lines], explanation.rest) == (["0", "1"], 3)
