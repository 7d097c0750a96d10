"""Every number that staff type: found by walking the forms of the admin, typed as people type it, read where it was
saved."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.brands.models import Brand, Tier
from accounts.people.models import User
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from commissions.risk.models import SignalPolicy
from commissions.subsidies.models import Subsidy
from content.products.models import Product
from foundation.admin.fields import CountField, MoneyField, MultiplierField, NumberField, RateField
from foundation.money import units
from foundation.money.units import COUNT, MULTIPLIER, RATE, Unit
from growth.contests.models import Contest
from tests.support.admin_pages import MODELS, page
from tests.support.factories import make_brand, make_koc, make_plan, make_product, make_share

pytestmark = pytest.mark.django_db
TO_COME = datetime(2099, 1, 1, tzinfo=UTC)
POINTS = {"growth", "keep", "least", "threshold", "beside", "candidate_purchases"}
ACCEPTED: dict[str, list[tuple[str, int]]] = {
    "CNY": [
        ("199", 19900), ("199.00", 19900), ("¥199", 19900), ("￥199", 19900), ("199元", 19900), ("CNY 199", 19900),
        ("1,234.56", 123456), ("１９９．００", 19900), ("１，２３４．５６", 123456), ("  199 ", 19900),
    ],
    "JPY": [("199", 199), ("¥199", 199), ("1,234", 1234), ("１９９", 199), ("JPY 199", 199), ("199円", 199)],
    "KWD": [("199", 199_000), ("1.361", 1361), ("KWD 199", 199_000), ("1,234.5", 1_234_500), ("１９９．００", 199_000)],
    "rate": [("12.5", 1250), ("12.5%", 1250), ("１２．５％", 1250), (" 12.50 % ", 1250)],
    "multiplier": [("1.1", 11_000), ("×1.10", 11_000), ("x1.1", 11_000), ("１．１", 11_000), ("1.1倍", 11_000)],
    "count": [("234", 234), ("２３４", 234), (" 234 ", 234), ("1,234", 1234)],
}  # fmt: skip
REFUSED: dict[str, list[str]] = {
    "CNY": ["1.999", "$199", "1,23", "-1", "abc", "9" * 25],
    "JPY": ["199.00", "199元", "1,23", "-1", "abc", "9" * 25],
    "KWD": ["1.3615", "¥199", "1,23", "-1", "abc", "9" * 25],
    "rate": ["12.345", "¥5", "1,23", "-1", "abc", "9" * 25],
    "multiplier": ["1.00001", "5%", "1,23", "-1", "abc", "9" * 25],
    "count": ["1.5", "5%", "1,23", "-1", "abc", "9" * 25],
}


class Sent(HTMLParser):
    """What a browser would send of the largest form of a page; `asked` are the boxes that ask once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.select = self.area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name.endswith("_sure"):
            self.asked[name] = value
        elif tag == "input" and name and "__prefix__" not in name and not name.startswith("_"):
            if given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given:
                self.said.setdefault(name, []).append(value or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given and self.select:
            self.said.setdefault(self.select, []).append(value)
        elif tag == "textarea":
            self.area = name
            self.said[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.said[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        self.select, self.area = ("" if tag == "select" else self.select), ("" if tag == "textarea" else self.area)


def kind(unit: Unit) -> str:
    return unit.currency or {RATE: "rate", MULTIPLIER: "multiplier", COUNT: "count"}[unit]


def rows_of(brand: Brand) -> list[Any]:
    """A row for each form with numbers, or for each kind of its numbers."""
    Brand.objects.filter(pk=brand.pk).update(candidate_purchases=8)
    Tier.objects.filter(brand=brand).update(growth=10, keep=10, keep_days=90)
    rate = make_plan(
        brand, "rate", rules=[{"rate_bps": 1000, "override_bps": 100, "cap_minor": 500}], starts_at=TO_COME
    )
    fixed = make_plan(brand, "fixed", rules=[{"fixed_minor": 500}], starts_at=TO_COME.replace(year=2200))
    Plan.objects.filter(pk=rate.pk).update(ends_at=TO_COME.replace(year=2100))
    until = {"brand": brand, "starts_at": TO_COME, "ends_at": TO_COME.replace(year=2100)}
    return [
        brand,
        make_product(brand),
        PayPolicy.objects.get(brand=brand),
        *(
            SignalPolicy.objects.create(brand=brand, kind=kind, threshold=5, beside=beside, days=90)
            for kind, beside in [("refund_rate", 10), ("click_flood", 5000), ("click_to_order", 10)]
        ),
        rate,
        fixed,
        Campaign.objects.create(key="bounty", kind="bounty", fixed_minor=100, budget_minor=1000, **until),
        *(Contest.objects.create(name=kind, kind=kind, least=5, **until) for kind in ("sales", "recruits")),
    ]


def numbers_on(answer: Any) -> Iterator[tuple[str, Any, str, Any]]:
    """The number fields of a page that have a value: the name of the input, its field, its column, and its row."""
    lines = [form for inline in answer.context["inline_admin_formsets"] for form in inline.formset.initial_forms]
    for form in (answer.context["adminform"].form, *lines):
        for name, field in form.fields.items():
            bound = form[name]
            is_number = isinstance(field, NumberField) and isinstance(bound.initial, int)
            if is_number and (field.unit_now() is not COUNT or name in POINTS):
                yield bound.html_name, field, name, form.instance


def saved(row: Any, column: str) -> Any:
    found = Rule.objects.get(plan=row.plan) if isinstance(row, Rule) else type(row).objects.get(pk=row.pk)
    return getattr(found, column)


def post(client: Client, address: str, said: dict[str, Any]) -> Any:
    """Send a form, and once more with every box ticked that asks whether a number is right."""
    answer = client.post(address, said)
    asked = Sent(answer.content.decode()).asked if answer.status_code == 200 else {}
    return client.post(address, said | asked) if asked else answer


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_what_people_type_is_what_is_saved(superuser: Client, currency: str) -> None:
    seen: set[tuple[type, str]] = set()
    for row in rows_of(make_brand("one", currency=currency)):
        address = page(type(row), row)
        opened = superuser.get(address)
        fields = list(numbers_on(opened))
        assert fields, row
        sent = Sent(opened.content.decode()).said
        for turn in range(10):
            typed = {name: of_turn(ACCEPTED, field.unit_now(), turn) for name, field, _, _ in fields}
            with transaction.atomic():
                answer = post(superuser, address, sent | {name: text for name, (text, _) in typed.items()})
                assert answer.status_code == 302, (row, typed, faults(answer))
                for name, _, column, of in fields:
                    assert saved(of, column) == typed[name][1], (row, column, typed[name])
                transaction.set_rollback(True)
        seen |= {(type(of), column) for _, _, column, of in fields}
    assert {column for _, column in seen} >= {
        "price_minor", "total_cap_bps", "min_payout_minor", "rate_bps", "override_bps", "fixed_minor", "cap_minor", "budget_minor", "multiplier_bps", *POINTS,
    }  # fmt: skip


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_what_is_no_number_of_its_unit_is_refused_at_its_field(superuser: Client, currency: str) -> None:
    for row in rows_of(make_brand("one", currency=currency)):
        address = page(type(row), row)
        opened = superuser.get(address)
        fields = list(numbers_on(opened))
        before = [saved(of, column) for _, _, column, of in fields]
        sent = Sent(opened.content.decode()).said
        for turn in range(6):
            typed = {name: of_turn(REFUSED, field.unit_now(), turn) for name, field, _, _ in fields}
            answer = superuser.post(address, sent | typed)
            assert set(faults(answer)) == set(typed), (row, typed)
            assert [saved(of, column) for _, _, column, of in fields] == before


def of_turn(texts: dict[str, list[Any]], unit: Unit, turn: int) -> Any:
    found = texts[kind(unit)]
    return found[turn % len(found)]


def faults(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    lines = [form for inline in answer.context["inline_admin_formsets"] for form in inline.formset.forms]
    return {
        form[name].html_name if name in form.fields else name: list(errors)
        for form in (answer.context["adminform"].form, *lines)
        for name, errors in form.errors.items()
    }


@pytest.mark.parametrize(("currency", "price"), [("CNY", 19900), ("JPY", 199), ("KWD", 199_000)])
def test_the_currency_is_that_of_the_brand_chosen_in_the_same_form(
    superuser: Client, currency: str, price: int
) -> None:
    make_brand("another", currency="USD")
    brand = make_brand("one", currency=currency)
    address = page(Product, action="add")
    said = {"sku": "S1", "name": "Serum", "price_minor": "199"}
    assert "price_minor" not in faults(superuser.post(address, said))  # no brand, no currency: that alone is missing
    assert superuser.post(address, said | {"brand": brand.pk}).status_code == 302
    assert Product.objects.get().price_minor == price


def test_a_subsidy_is_in_the_currency_of_the_brand_of_its_koc(superuser: Client) -> None:
    for currency, own in [("CNY", 123_400), ("JPY", 1234), ("KWD", 1_234_000)]:
        koc = make_koc(make_brand(currency=currency))
        make_share(koc)
        said = {"koc": koc.pk, "own": "１，２３４", "to_hand_on": "0", "key": currency}
        answer = superuser.post(page(Subsidy, action="add"), said | {"expires_at_0": "", "expires_at_1": ""})
        assert answer.status_code == 302
        assert Subsidy.objects.get(koc=koc).own_minor == own


def test_steps_are_amounts_and_rates(superuser: Client) -> None:
    for currency, steps in [("CNY", [[0, 100], [100_000, 250]]), ("JPY", [[0, 100], [1000, 250]])]:
        said = {"brand": make_brand(currency=currency).pk, "key": "climb", "kind": "steps", "budget_minor": "5,000"}
        times = {"starts_at_0": "2099-01-01", "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": "", "seen": ""}
        typed = {"steps_from": ["0", "１，０００"], "steps_rate": ["1", "2.5%"]}
        assert superuser.post(page(Campaign, action="add"), said | times | typed).status_code == 302
        assert Campaign.objects.latest("pk").steps == steps
        shown = superuser.get(page(Campaign, Campaign.objects.latest("pk"))).content.decode()
        assert 'name="steps_rate" value="2.5"' in shown


def test_a_price_far_from_the_former_one_is_asked_once_more(staff: Client, lumi: Brand) -> None:
    product = make_product(lumi, price_minor=19_900)
    address = page(Product, product)
    answer = staff.post(address, {"name": "Serum", "price_minor": "1.99"})
    told = answer.content.decode()
    assert "It is CN¥199.00 now." in told
    assert "Yes, CN¥1.99 is right" in told
    assert Sent(told).asked == {"price_minor_sure": "199"}
    other = {"name": "Serum", "price_minor": "1.98", "price_minor_sure": "199"}
    assert staff.post(address, other).status_code == 200  # what is asked is asked about one number
    assert saved(product, "price_minor") == 19_900
    assert staff.post(address, other | {"price_minor": "1.99"}).status_code == 302
    assert saved(product, "price_minor") == 199
    assert staff.post(address, {"name": "Serum", "price_minor": "19.89"}).status_code == 302  # less than ten times


def test_a_fixed_amount_above_the_price_is_asked_once_more(staff: Client, lumi: Brand) -> None:
    make_product(lumi, price_minor=1990)
    make_product(lumi, "S2", price_minor=50_000)
    said = {"brand": lumi.pk, "key": "b", "kind": "bounty", "budget_minor": "5000", "seen": "", "fixed_minor": "199"}
    said |= {"starts_at_0": "2099-01-01", "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": "", "steps_from": []}
    address = page(Campaign, action="add")
    [told] = faults(staff.post(address, said | {"skus": "S1"}))["fixed_minor"]
    assert "It is CN¥199.00 for a piece of CN¥19.90." in told
    assert staff.post(address, said | {"skus": "S2"}).status_code == 302
    assert post(staff, address, said | {"skus": "S1", "key": "c"}).status_code == 302
    assert Campaign.objects.count() == 2


def test_every_number_of_a_form_is_typed_in_its_unit() -> None:
    """What is new gets its field by itself; a form that declares one of its own has to take one of these."""
    request: Any = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    found = []
    for model in MODELS:
        page_of: Any = admin.site.get_model_admin(model)
        row = None if page_of.has_add_permission(request) else model()
        made = [(model, page_of.get_form(request, row, change=row is not None))]
        made += [(line.model, line.get_formset(request).form) for line in page_of.get_inline_instances(request)]
        for owner, form in made:
            for name, field in form.base_fields.items():
                column = next((one for one in owner._meta.concrete_fields if one.name == name), None)
                if not is_typed_right(field, name, column):
                    found.append((owner.__name__, name, type(field).__name__))
    assert found == []


def is_typed_right(field: Any, name: str, column: Any) -> bool:
    if name.endswith("_minor"):
        return isinstance(field, MoneyField)
    if name.endswith("_bps"):
        return isinstance(field, MultiplierField if "multiplier" in name else RateField)
    if isinstance(column, models.IntegerField) and not column.choices:
        return isinstance(field, CountField | MoneyField)
    return not isinstance(field, forms.IntegerField)


def test_an_input_says_its_unit(superuser: Client) -> None:
    for currency, sign in [("CNY", "¥"), ("JPY", "JP¥"), ("KWD", "KWD")]:
        product = make_product(make_brand(currency=currency))
        shown = superuser.get(page(Product, product), headers={"Accept-Language": "zh-Hans"}).context["adminform"].form
        field = shown["price_minor"]
        assert (sign in str(field), f'value="{units.written(9900, units.money(currency))}"' in str(field)) == (
            True,
            True,
        )


def test_a_number_that_is_refused_is_refused_in_the_readers_language(staff: Client, lumi: Brand) -> None:
    said = {"name": "Serum", "price_minor": "1.999"}
    product = make_product(lumi)
    answer = staff.post(reverse("admin:content_product_change", args=[product.pk]), said, headers={"Accept-Language": "zh-Hans"})  # fmt: skip
    assert faults(answer) == {"price_minor": ["1.999 的小数位过多：CNY最多 2 位小数"]}
