"""Every row is called as people call it, on every page of the admin: no number of a row, no kind of Python, no parts of
a second."""

import html
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission, LineTerms, Reversal, RiskReview
from commissions.earnings.models.credits import OrderCredit
from commissions.ledger.models import Transfer
from commissions.orders.models import Order, OrderLine, OrderVersion, Refund
from commissions.payouts.models import PayoutBatch
from commissions.plans.models.plans import Plan
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.subsidies.models import Allocation, Subsidy
from foundation.texts.names import relations_of_name
from referrals.visits.models import Visit
from tests.support.admin_pages import MODELS, page, sell

pytestmark = pytest.mark.django_db
STRAYS = re.compile(r"#\d+|\bobject \(|:\d\d\.\d{3,}|\bPk\b|\bUTC\b|size sum|square sum|\('[a-z_]+', '", re.IGNORECASE)


def text_of(page: bytes) -> str:
    """What a person reads of a page: no scripts, no styles, no attributes but those that are read out."""
    source = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.decode(), flags=re.DOTALL)
    said = " ".join(re.findall(r'(?:aria-label|data-label|title)="([^"]*)"', source))
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", source).split()) + " " + said)


def test_no_page_shows_what_nobody_says(staff: Client, lumi: Brand) -> None:
    strays = {}
    for model, row in sell(lumi).items():
        for address in (page(model), page(model, row), page(model, row, "history")):
            answer = staff.get(address)
            assert answer.status_code == 200, address
            if found := STRAYS.findall(text_of(answer.content)):
                strays[address] = found
    assert strays == {}


def test_rows_are_called_as_people_call_them(lumi: Brand) -> None:
    rows = sell(lumi)
    koc = rows[Commission].koc
    called = {
        Order: "A-0",
        OrderLine: "order A-0, line 1",
        OrderVersion: "order A-0 as of 2026-03-01 10:00 Asia/Shanghai",
        OrderCredit: f"100% of order A-0 for {koc.name}",
        LineTerms: "terms of order A-0, line 1",
        Commission: f"order A-0, line 1 · CN¥9.08 for {koc.name}, level 1",
        RiskReview: f"review of order A-0, line 1 · CN¥1.00 for {koc.name}, c0",
        Refund: "order A-0, refund R",
        Reversal: f"order A-0, line 1 · -CN¥4.53 for {koc.name}",
        Statement: f"2026-02 of {koc.name}",
        StatementLine: f"2026-02 of {koc.name} · CN¥9.08",
        Subsidy: f"subsidy of CN¥8.00 for {koc.name}",
        Allocation: f"CN¥3.00 to {rows[Allocation].to.name}",
        Transfer: "CN¥13.61 · a commission was made · 2026-03-01 10:00 Asia/Shanghai",
        Visit: f"visit of {rows[Visit].share.code}, 2026-03-01 10:00 Asia/Shanghai",
    }
    assert {model: str(rows[model]) for model in called} == called
    assert str(rows[Plan].rules.get()) == "plan base, rule 1"
    assert str(PayoutBatch(number=12, title="March")) == "batch 12 March"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_that_was_not_saved_has_a_name_where_others_make_it(model: type[Model]) -> None:
    if relations_of_name(model):
        assert str(model())


def test_a_name_is_read_with_its_row(lumi: Brand) -> None:
    models: list[Any] = list(sell(lumi))
    for model in models:
        row = model.objects.select_related(*relations_of_name(model)).order_by("-pk")[0]
        with CaptureQueriesContext(connection) as asked:
            assert str(row)
        assert len(asked) == 0, model


def test_every_list_asks_no_question_for_a_name(superuser: Client, staff: Client, lumi: Brand) -> None:
    """Neither for staff of one zone nor for who sees several."""
    counts: dict[tuple[str, str], list[int]] = {}
    for many in (1, 5):
        for model in sell(lumi, many):
            for who, client in (("staff", staff), ("superuser", superuser)):
                cache.clear()  # what waits is counted once in ten seconds, for the menu
                with CaptureQueriesContext(connection) as asked:
                    client.get(page(model))
                counts.setdefault((who, model.__name__), []).append(len(asked))
    assert {whose: numbers for whose, numbers in counts.items() if len(set(numbers)) > 1} == {}


def test_a_rule_has_one_number_on_every_page(staff: Client, lumi: Brand) -> None:
    rows = sell(lumi)
    rule = rows[Plan].rules.get()
    assert "rule 1" in text_of(staff.get(page(Plan, rows[Plan])).content)
    assert "plan base, rule 1" in text_of(staff.get(page(type(rule), rule)).content)
    assert "plan base, rule 1" in text_of(staff.get(page(type(rule))).content)
    assert "plan base, rule 1: 12.5%" in text_of(staff.get(page(Order, rows[Order])).content)
