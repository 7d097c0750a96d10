"""`explain`: the whole derivation on the command line, of a commission or of every line of an order."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from foundation.files.faults import Refusal
from tests.support.factories import TWO_LEVELS, make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan("lumi", policy=TWO_LEVELS, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 9900), ("2", "S1", 1, 3), share="code"), paid("7"))
    return brand


def explain(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("explain", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_commission_is_explained_by_its_id_or_its_number(brand: Brand) -> None:
    commission = Commission.objects.get(level=1)
    text, _ = explain(commission.public_id)
    assert text.splitlines()[:2] == [
        f"{commission.public_id} (pending; Asia/Shanghai)",
        "Order A-1, line 1 (S1), level 1: CN¥12.38 for low (low).",
    ]
    assert "CN¥99.00 × 12.5% × 1.00 for tier seed = CN¥12.375, rounded half up to CN¥12.38." in text
    assert text.splitlines()[-1] == "explained: 1 amount, 0 of them zero, each recomputed to what is booked"
    assert explain(str(commission.pk)) == (text, "")


def test_an_order_is_explained_with_its_zeros(brand: Brand) -> None:
    text, _ = explain("A-1", "--brand", "lumi")
    assert text == explain(Order.objects.get(key="A-1").public_id)[0]
    assert "= CN¥0.00375, rounded half up to CN¥0.00." in text
    assert "Order A-1, line 2 (S1), level 2: nothing for high (high)." in text
    assert text.splitlines()[-1] == "explained: 4 amounts, 2 of them zero, each recomputed to what is booked"


def test_an_order_that_nobody_brought_is_explained(brand: Brand) -> None:
    text, _ = explain("7", "--brand", "lumi")
    assert (
        "Nobody is credited: the shop named no KOC and no share of ours, and nothing ties the buyer to a visit." in text
    )
    assert "1 (S1): 1 × CN¥99.00 = CN¥99.00: the base is CN¥99.00." in text
    assert text.splitlines()[-1].startswith("explained: 0 amounts")


def test_it_speaks_chinese_and_json(brand: Brand) -> None:
    commission = Commission.objects.get(level=1)
    assert "1 级：low (low) 得 ¥12.38。" in explain(commission.public_id, "--language", "zh-hans")[0]
    out, err = explain(commission.public_id, "--format", "json")
    explanation = json.loads(out)
    assert (explanation["commission"], explanation["amount_minor"], explanation["adds_up"]) == (
        commission.public_id,
        1238,
        True,
    )
    assert err.strip() == "explained: 1 amount, 0 of them zero, each recomputed to what is booked"
    explanation = json.loads(explain("A-1", "--brand", "lumi", "--format", "json")[0])
    assert [
        [(one["level"], one["koc"], one["amount_minor"], one["zero_because"]) for one in line["amounts"]]
        for line in explanation["lines"]
    ] == [
        [(1, "low", 1238, None), (2, "high", 297, None)],
        [(1, "low", 0, "rounding"), (2, "high", 0, "rounding")],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["com_nonsense"], "no commission com_nonsense"),
        (["99999999"], "no commission 99999999"),
        (["9" * 30], "no commission 999"),
        (["ord_nonsense"], "no order ord_nonsense"),
        (["A-9", "--brand", "lumi"], "no order A-9 of lumi"),
        (["A-1", "--brand", "nobody"], "no brand nobody"),
    ],
)
def test_what_is_not_there_is_refused_by_name(brand: Brand, arguments: list[str], message: str) -> None:
    with pytest.raises(Refusal) as refused:
        explain(*arguments)
    assert refused.value.messages()[0].startswith(message)


def test_an_unknown_language_is_refused(brand: Brand) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        explain("1", "--language", "fr")


def test_steps_that_do_not_come_to_what_is_booked_are_a_fault(brand: Brand) -> None:
    commission = Commission.objects.get(level=1)
    Commission.objects.filter(pk=commission.pk).update(amount_minor=1239)
    with pytest.raises(
        Refusal, match="line 1, level 1: the steps come to 1238 and now 1238, booked is 1239 and now 1239"
    ):
        explain(commission.public_id)
