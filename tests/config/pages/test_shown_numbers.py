"""What staff read of numbers: no page says how they are kept."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import models
from django.test import Client

from accounts.brands.models import Brand, Tier
from commissions.earnings.models.commissions import LineTerms
from commissions.earnings.models.credits import OrderCredit
from commissions.plans.models.policies import PayPolicy
from commissions.settlement.models.adjustments import Adjustment
from growth.contests.models import Contest
from tests.support.admin_pages import MODELS, page, sell

pytestmark = pytest.mark.django_db
KEPT = re.compile(r"\b(bps|minor|\w+_bps|\w+_minor)\b")


def text_of(answer: Any) -> str:
    """What a page says: no tags, no scripts, no names of inputs."""
    body = re.sub(r"(?s)<(script|style|template)\b.*?</\1>", " ", answer.content.decode())
    return unescape(re.sub(r"(?s)<[^>]*>", " ", body))


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_no_page_says_bps_or_minor(superuser: Client, lumi: Brand, language: str) -> None:
    rows = sell(lumi)
    found = set()
    for model in MODELS:
        addresses = [page(model), page(model, action="add"), *([page(model, rows[model])] if model in rows else [])]
        for address in addresses:
            answer = superuser.get(address, headers={"Accept-Language": language})
            if answer.status_code == 200 and (kept := KEPT.findall(text_of(answer))):
                found.add((address, *kept))
    assert found == set()


def test_no_page_shows_a_number_as_it_is_kept(superuser: Client, lumi: Brand) -> None:
    """Neither its list nor its page has it. What rows are called is left out: names are tested where they are made."""
    rows = sell(lumi)
    names = sorted(map(str, [*rows.values(), *Adjustment.objects.all()]), key=len, reverse=True)
    found = []
    for model, row in rows.items():
        numbers = [
            field.name
            for field in row._meta.concrete_fields
            if isinstance(field, models.IntegerField) and field.name.endswith(("_minor", "_bps"))
        ]
        kept = {str(getattr(row, name)) for name in numbers if (getattr(row, name) or 0) >= 300}
        for address in (page(model), page(model, row)):
            text = text_of(superuser.get(address))
            for name in names:
                text = text.replace(name, " ").replace(name[:1].upper() + name[1:], " ")
            words = set(re.split(r"[\s,;·()]+", text))
            found += [(address, number) for number in kept & words]
    assert found == []


def test_columns_and_fields_of_numbers_are_shown_in_their_unit(superuser: Client, lumi: Brand) -> None:
    rows = sell(lumi)
    Tier.objects.filter(brand=lumi).update(multiplier_bps=11_500)
    pages = {
        page(OrderCredit): ["100%", "×1.10"],
        page(OrderCredit, rows[OrderCredit]): ["100%", "×1.10"],
        page(LineTerms): ["12.5%", "0%"],
        page(LineTerms, rows[LineTerms]): ["12.5%", "30%"],
        page(Tier): ["×1.15"],
        page(PayPolicy): ["30%", "¥10.00"],
    }
    for address, pieces in pages.items():
        shown = text_of(superuser.get(address, headers={"Accept-Language": "zh-Hans"}))
        assert [piece for piece in pieces if piece not in shown] == [], address


def test_what_a_contest_needs_is_money_or_people(superuser: Client, lumi: Brand) -> None:
    times = {"brand": lumi, "starts_at": "2099-01-01T00:00Z", "ends_at": "2099-02-01T00:00Z", "least": 123_400}
    said = {}
    for kind in ("sales", "recruits"):
        contest = Contest.objects.create(name=kind, kind=kind, **times)
        said[kind] = superuser.get(page(Contest, contest)).context["adminform"].form["least"].value()
    assert said == {"sales": "1,234.00", "recruits": "123,400"}
