from itertools import chain

import pytest

from accounts.brands.models import Brand
from foundation.files.faults import BadFile
from referrals.coupons.models import Coupon
from referrals.coupons.services import import_coupons
from tests.support.factories import make_brand, make_koc
from tests.support.memory import bytes_a_row_more

pytestmark = pytest.mark.django_db
HEADER = "coupon,koc,channel,starts_at,ends_at,valid_days,stock,most_per_customer\n"


def refusal(brand: Brand, *rows: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        import_coupons(brand=brand, lines=[HEADER, *(f"{row}\n" for row in rows)], name="coupons.csv")
    return refused.value.messages()


def test_all_faults_of_a_row_are_named_in_the_order_of_its_columns_and_rows_in_theirs() -> None:
    brand = make_brand()
    make_koc(brand, "ana")
    make_koc(make_brand(), "theirs")
    start, end = "2026-03-01T08:00:00+08:00", "2026-03-01T07:00:00+08:00"
    assert refusal(
        brand,
        f"a 1,ana,,{start},,,,",
        f"A 1,theirs,radio,{start},{end},,,",
        f"b,ana,,{start},,0,,",
        f"straße,ana,,{start},,,,",
        f"STRASSE,ana,,{start},,,,",
    ) == [
        "coupons.csv:2: a coupon has no blanks (coupon, a 1)",
        "coupons.csv:3: the coupon stands twice (coupon, A 1)",
        "coupons.csv:3: unknown koc (koc, theirs)",
        "coupons.csv:3: a coupon has no blanks (coupon, A 1)",
        "coupons.csv:3: no such channel (channel, radio)",
        "coupons.csv:3: a coupon ends after it starts (ends_at, 2026-03-01T07:00:00+08:00)",
        "coupons.csv:4: valid_days is not from 1 to 3650 (valid_days, 0)",
        "coupons.csv:6: the coupon stands twice (coupon, STRASSE)",
    ]
    assert not Coupon.objects.exists()


def test_memory_does_not_grow_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    make_koc(brand, "ana")

    def load_rows(count: int) -> None:
        rows = (f"C{number},ana,douyin,2026-03-01T00:00:00Z,,7,{count},1\n" for number in range(count))
        tally = import_coupons(brand=brand, lines=chain([HEADER], rows), name="coupons.csv")
        assert tally.created + tally.updated == count

    assert bytes_a_row_more(load_rows, 500, 3000, monkeypatch) < 30
