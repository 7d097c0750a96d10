"""Plans in a brand file: a plan that has answered orders is never edited."""

from datetime import timedelta

import pytest

from accounts.brands.models import Brand
from commissions.orders.services.order_files import import_orders
from commissions.plans.models.plans import Plan, Rule
from foundation.files.faults import BadFile
from tests.support.brand_files import LUMI, load
from tests.support.factories import NOW, make_koc, make_product
from tests.support.shop_events import commissions, report

pytestmark = pytest.mark.django_db


def test_a_plan_that_has_answered_orders_is_never_edited() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    to_come = (
        LUMI.replace("2026-01-01", "2026-03-02")
        .replace("key: spring", "key: later")
        .replace("rate_bps: 1500", "rate_bps: 1600")
    )
    assert (
        load(LUMI.replace("ends_at: null", "ends_at: 2026-03-02T00:00:00+08:00")) == "0 created, 1 updated, 7 unchanged"
    )
    assert load(to_come) == "1 created, 0 updated, 7 unchanged"
    # Nothing was sold under it, and it has not begun
    assert load(to_come.replace("1600", "1700")) == "0 created, 1 updated, 7 unchanged"
    # A shop whose clock is ahead
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-02T02:00:00Z,S1,1,19900,a\n")
    with pytest.raises(
        BadFile,
        match=r"brand.yaml:11: plan later has answered orders and is never edited: .* it becomes later v2 \(plans.0, \)",
    ):
        load(to_come)
    assert Rule.objects.get(plan__key="later", position=0).rate_bps == 1700


def test_a_plan_in_force_is_never_edited_and_a_later_start_is_its_next_version() -> None:
    load()
    dearer = LUMI.replace("rate_bps: 1500", "rate_bps: 1600")
    for starts_at in ("2026-01-01T00:00:00+08:00", "2025-12-01T00:00:00+08:00"):
        with pytest.raises(BadFile) as refused:
            load(dearer.replace("2026-01-01T00:00:00+08:00", starts_at))
        assert Rule.objects.count() == 2
    [told] = refused.value.messages()
    assert told.startswith(
        "brand.yaml:12: plan spring starts at 2026-01-01T00:00:00+08:00: a change of it starts later, or has a key of its own (plans.0"
    )
    april = dearer.replace("2026-01-01", "2026-04-01")
    assert load(april) == "1 created, 0 updated, 7 unchanged"
    assert load(april) == "0 created, 0 updated, 8 unchanged"
    first, second = Plan.objects.order_by("version")
    assert (str(first), str(second), first.ends_at) == ("spring", "spring v2", second.starts_at)
    assert [rule.rate_bps for rule in second.rules.all()] == [1600, 1000]
    with pytest.raises(BadFile, match=r"brand.yaml:13: plan spring v2 overlaps plan spring \(plans.0.ends_at, null\)"):
        load()  # the file of before: its plan would go on where the next version begins


def test_a_brand_whose_products_come_in_a_file_of_their_own_may_load_its_plans_first() -> None:
    bare = LUMI.replace("products:\n  - {sku: S1, name: Serum, category: skincare, price_minor: 19900}\n", "").replace(
        "    product: S1\n", ""
    )
    load(bare)
    make_product(Brand.objects.get(), "S5")
    assert load(bare) == "0 created, 0 updated, 7 unchanged"  # what stands is not looked at anew
    with pytest.raises(BadFile, match=r"brand.yaml:13: unknown product S1: load it first"):
        load(bare.replace("2026-01-01", "2026-04-01").replace("rate_bps: 1500", "rate_bps: 1400"))
    assert Plan.objects.count() == 1


def test_a_plan_that_has_answered_orders_may_be_ended_and_followed() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-01T02:00:00Z,S1,1,19900,a\n")
    with pytest.raises(
        BadFile, match=r"brand.yaml:13: .* it cannot end before \(plans.0.ends_at, 2026-03-01T02:00:00Z\)"
    ):
        load(LUMI.replace("ends_at: null", "ends_at: 2026-03-01T02:00:00Z"))
    followed = LUMI.replace("ends_at: null", "ends_at: 2026-04-01T00:00:00Z").replace(
        "kits:", "  - {key: summer, starts_at: 2026-04-01T00:00:00Z, rules: [{rate_bps: 500}]}\nkits:"
    )
    assert load(followed) == "1 created, 1 updated, 7 unchanged"
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-2,1,2026-04-01T00:00:00Z,S1,1,19900,a\n")
    assert [net for _, _, _, net, _ in commissions(brand)] == [2985, 995]  # 15 % in spring, 5 % in summer


def import_of(brand: Brand, text: str) -> None:
    from_file = text.splitlines(keepends=True)
    import_orders(brand=brand, lines=from_file, name="orders.csv", at=NOW + timedelta(days=60))
    report(brand)


def test_plans_do_not_overlap_even_over_two_files() -> None:
    load()
    with pytest.raises(
        BadFile, match=r"brand.yaml:12: plan summer overlaps plan spring \(plans.0.starts_at, 2026-06-01"
    ):
        load(LUMI.replace("key: spring", "key: summer").replace("2026-01-01", "2026-06-01"))
    assert Plan.objects.count() == 1
