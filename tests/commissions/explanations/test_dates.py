"""The dates of a commission: those that came, and those to come."""

import pytest

from accounts.brands.models import Brand
from commissions.explanations.domain.explanations import AmountExplanation
from commissions.schedule import run_due
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from tests.support.explanations import DAY, amount, words
from tests.support.factories import NOW
from tests.support.shop_events import delivered, paid, refunded, report

pytestmark = pytest.mark.django_db


def dates(amount: AmountExplanation) -> list[tuple[str, str | None, bool]]:
    return [(date.code, f"{date.at:%m-%d %H:%M}" if date.at else None, date.is_to_come) for date in amount.dates]


def test_dates_come_one_after_another(brand: Brand) -> None:
    report(brand, paid(share="code"))
    assert dates(amount(1)) == [
        ("paid", "03-01 02:00", False), ("made", "03-01 02:00", False),
        ("delivered", None, True), ("approved", None, True), ("statement", None, True), ("paid_out", None, True),
    ]  # fmt: skip
    assert "The order is not delivered yet." in words(amount(1))
    report(brand, delivered())
    assert dates(amount(1))[2:5] == [
        ("delivered", "03-01 02:00", False),
        ("approved", "03-08 16:00", True),
        ("statement", None, True),
    ]
    assert "The hold ends on 2026-03-09 00:00. It comes on the statement of 2026-03 at the earliest." in words(
        amount(1)
    )
    run_due(brand=brand, at=NOW + 10 * DAY)
    assert dates(amount(1))[3] == ("approved", "03-08 16:00", False)
    settle_period(brand=brand, period="2026-03", at=NOW + 35 * DAY)
    assert dates(amount(1))[4:] == [("statement", None, False), ("paid_out", None, True)]
    assert "CN¥13.61 is on the statement of 2026-03." in words(amount(1))
    report(brand, refunded("A-1", "R-1", NOW + 40 * DAY), at=NOW + 40 * DAY)
    assert "CN¥4.53 of what was settled is owed, and taken off later statements." in words(amount(1))
    Statement.objects.update(status="paid")
    assert dates(amount(1))[4:] == [("statement", None, False), ("paid_out", None, False), ("balance", None, True)]


def test_a_month_that_is_settled_already_is_not_promised(brand: Brand) -> None:
    report(brand, paid("A-1", share="code"), delivered("A-1"), at=NOW + 10 * DAY)
    settle_period(brand=brand, period="2026-03", at=NOW + 11 * DAY)
    report(brand, paid("A-2", share="code", at=NOW + 11 * DAY), delivered("A-2", NOW + 12 * DAY), at=NOW + 12 * DAY)
    assert "It comes on the statement of 2026-04 at the earliest." in words(amount(1, "A-2"), order="A-2")
