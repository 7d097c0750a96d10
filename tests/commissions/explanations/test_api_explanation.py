"""A KOC asks why: their own commissions alone, in their language, in words and numbers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import hold_commissions
from tests.support.clients import Person
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share, make_user
from tests.support.shop_events import delivered, paid, refunded, report

pytestmark = pytest.mark.django_db
DATES = (
    "付款时间 2026-03-01 10:00。 佣金生成于 2026-03-01 10:00。 收货时间 2026-03-01 10:00。 保护期将于 2026-03-09 00:00 结束。"
    " 最早列入 2026-03 的结算单。 尚未打款。"
)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan(
        policy=TWO_LEVELS,
        rules=[{"rate_bps": 1250, "override_bps": 300}, {"priority": 1, "skus": ["S2"], "rate_bps": 2000}],
    )
    brand.tiers.update(multiplier_bps=11_000)
    high = make_koc(brand, "high", name="大红", user=make_user())
    make_share(make_koc(brand, "low", name="小红", sponsor=high, user=make_user()), code="code")
    report(brand, paid(share="code", customer={"id": "c-9", "phone": "13900000009"}), delivered(), refunded())
    return brand


def commission(level: int = 1) -> Commission:
    return Commission.objects.select_related("koc__user").get(level=level)


def read(level: int = 1, *, language: str = "en") -> Any:
    one = commission(level)
    response = Person(one.koc.user, **{"Accept-Language": language}).read(f"commissions/{one.public_id}/explanation")
    assert response.status_code == 200
    return response.json()


def test_the_owner_reads_every_step_in_numbers(brand: Brand) -> None:
    explanation = read()
    assert (explanation["commission"], explanation["currency"]) == (commission().public_id, "CNY")
    assert [(step["code"], step.get("amount_minor")) for step in explanation["steps"]] == [
        ("base", None), ("credit", None), ("plan", None), ("rule", None), ("rate", None), ("multiplier", None), ("rounding", 1361), ("guard", 1361),
    ]  # fmt: skip
    assert explanation["steps"][4] == {"code": "rate", "rate_bps": 1250}
    assert explanation["steps"][6]["exact"] == "1361.25"
    assert explanation["rules"] == [{"plan": "base", "version": 1, "verdicts": ["won", "sku"]}]
    assert [
        (one["code"], one["refund"], one["refunded_minor"], one["took_minor"], one["happened_at"])
        for one in explanation["since"]
    ] == [("refund", "R-1", 3300, 453, "2026-03-02T02:00:00Z")]
    assert (explanation["amount_minor"], explanation["net_minor"], explanation["now"][-1]["amount_minor"]) == (
        1361,
        908,
        908,
    )
    assert [(date["code"], date.get("at"), date.get("is_to_come", False)) for date in explanation["dates"]] == [
        ("paid", "2026-03-01T02:00:00Z", False), ("made", "2026-03-01T02:00:00Z", False), ("delivered", "2026-03-01T02:00:00Z", False),
        ("approved", "2026-03-08T16:00:00Z", True), ("statement", None, True), ("paid_out", None, True),
    ]  # fmt: skip


def test_the_words_are_in_the_language_of_the_reader(brand: Brand) -> None:
    chinese = read(language="zh-Hans")["words"]
    assert chinese.splitlines() == [
        "订单 A-1 第 1 行（S1），1 级：小红 得 ¥13.61。",
        "1 × ¥99.00 = ¥99.00：计佣基数为 ¥99.00。 归因于 小红：商城指定了其分享 code。",
        "付款时生效的方案为 base。 适用规则 1：12.5%，推荐人 3%。",
        "· 2: 不适用：仅限 S2，此单为 S1。",
        "¥99.00 × 12.5% × 1.10（等级 seed） = ¥13.6125，四舍五入为 ¥13.61。 未达各级合计上限 ¥29.70（30%）。",
        "2026-03-02 10:00 退款 R-1，¥33.00：−¥4.53",
        "计佣基数 ¥99.00 中已退 ¥33.00，剩余 ¥66.00。 ¥66.00 × 12.5% × 1.10（等级 seed） = ¥9.075，四舍五入为 ¥9.08。 未达各级合计上限 ¥19.80（30%）。",
        "现为 ¥9.08。",
        DATES,
    ]
    assert read(language="en")["words"].startswith("Order A-1, line 1 (S1), level 1: CN¥13.61 for 小红.")


def test_the_sponsor_reads_level_2_and_nothing_of_the_buyer(brand: Brand) -> None:
    explanation = read(2)
    assert [step["code"] for step in explanation["steps"]][-3:] == ["override", "rounding", "guard"]
    assert (explanation["amount_minor"], explanation["net_minor"]) == (297, 198)
    assert "c-9" not in str(explanation)
    assert "139" not in explanation["words"]


def test_what_staff_noted_is_not_for_the_koc(brand: Brand) -> None:
    hold_commissions(
        brand=brand,
        commissions=[commission().pk],
        reason="fraud",
        note="one device",
        by=None,
        at=NOW + timedelta(hours=1),
    )
    explanation = read()
    assert [one["code"] for one in explanation["since"]] == ["held", "refund"]
    assert "one device" not in str(explanation)
    assert "fraud" not in str(explanation)


def test_an_explanation_is_its_owners_alone(brand: Brand) -> None:
    path = f"commissions/{commission().public_id}/explanation"
    for other in (commission(2).koc.user, make_user()):
        assert Person(other).read(path).status_code == 404
    assert Person().read(path).status_code == 401
    assert Person(commission().koc.user).read("commissions/com_nonsense/explanation").status_code == 404


def test_an_explanation_takes_the_same_queries_for_one_line_as_for_twenty(brand: Brand) -> None:
    report(
        brand, paid("B-1", *[(str(n), "S1", 1, 9900) for n in range(20)], share="code"), refunded("B-1", "R-1", l1=100)
    )
    counts = []
    for order in ("A-1", "B-1"):
        one = Commission.objects.select_related("koc__user").get(level=1, line__key="1", line__order__key=order)
        person = Person(one.koc.user)
        with CaptureQueriesContext(connection) as captured:
            assert person.read(f"commissions/{one.public_id}/explanation").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 23


@pytest.mark.parametrize(("order", "most_bytes"), [("A-1", 2300), ("B-1", 2000)])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_answer_is_short_and_has_nothing_empty(brand: Brand, order: str, most_bytes: int, language: str) -> None:
    """Of an order with a refund, A-1, and of one without."""
    report(brand, paid("B-1", share="code"), delivered("B-1"))
    one = Commission.objects.select_related("koc__user").get(level=1, line__order__key=order)
    response = Person(one.koc.user, **{"Accept-Language": language}).read(f"commissions/{one.public_id}/explanation")
    assert len(response.content) < most_bytes

    def values(part: Any) -> Iterator[Any]:
        yield part
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from values(inner)

    assert [value for value in values(response.json()) if value is None or value in ("", [], {})] == []
