from decimal import Decimal

import pytest

from content.review.domain.prices import Prices, amounts, other_prices

PRICES = Prices(frozenset({19_900}), 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("只要¥199", "199"),
        ("￥199.00到手", "199"),
        ("１９９元", "199"),
        ("199块钱", "199"),
        ("RMB 199", "199"),
        ("199rmb", "199"),
        ("1,299.50元", "1299.5"),
        ("一百九十九元", "199"),
        ("壹佰玖拾玖圓", "199"),
        ("两百块", "200"),
        ("一百九元", "190"),
        ("一千零五元", "1005"),
        ("两千五元", "2500"),
        ("一万二元", "12000"),
        ("一万两千三百元", "12300"),
        ("十二块", "12"),
        ("二十块", "20"),
        ("万元", "10000"),
        ("九块九", "9.9"),
        ("199块9", "199.9"),
        ("1.2万元", "12000"),
        ("2k元", "2000"),
        ("券后价199", "199"),
        ("到手 199", "199"),
        ("价格是：199", "199"),
        ("1\u200b99元", "199"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, value: str) -> None:
    assert [amount.value for amount in amounts(text)] == [Decimal(value)]


def test_both_ends_of_a_range_are_amounts() -> None:
    assert [amount.value for amount in amounts("199-299元")] == [199, 299]


@pytest.mark.parametrize(
    "text",
    [
        "满200减50元", "立减30元", "领20元券", "10元优惠券", "运费10元", "每天不到2元", "预算300元以内", "100元左右", "买了199件",
        "只要3天", "售价分3档", "一月一号", "元气满满", "他199岁", "第199次", "省了50块", "5块以内", "",
    ],
)  # fmt: skip
def test_other_money_and_other_numbers_are_no_prices(text: str) -> None:
    assert list(amounts(text)) == []


def test_another_price_than_the_products_is_a_hit_at_its_place() -> None:
    (hit,) = other_prices("姐妹们，今天只要１８９元！原价199", PRICES)
    assert (hit.start, hit.end, hit.found) == (8, 12, "１８９元")
    assert (hit.word, hit.category, hit.form) == ("189", "price", "amount")


@pytest.mark.parametrize("text", ["199", "¥199", "199.00元", "一百九十九块", "没有价格"])
def test_the_products_own_price_is_no_hit(text: str) -> None:
    assert other_prices(text, PRICES) == []


def test_digits_of_the_currency_count() -> None:
    assert other_prices("¥199", Prices(frozenset({199}), 0)) == []
    assert [hit.word for hit in other_prices("¥199.5", Prices(frozenset({199}), 0))] == ["199.5"]
