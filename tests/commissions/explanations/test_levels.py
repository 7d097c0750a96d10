"""What the plan gives at both levels, step by step, and the zeros."""

import pytest

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product
from referrals.tree.models import CreditPolicy
from tests.support.explanations import HOUR, amount, codes, step, words
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_koc, make_share
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db


def test_the_worked_example_step_by_step(brand: Brand) -> None:
    """9900 × 12.5% × 1.1 = 1361.25 → 1361; 9900 × 3% = 297."""
    report(brand, paid(share="code"))
    first, second = amount(1), amount(2)
    assert codes(first) == ["base", "credit", "plan", "rule", "rate", "multiplier", "rounding", "guard"]
    assert step(first, "base")["base_minor"] == 9900
    assert step(first, "multiplier") == {"multiplier_bps": 11_000, "tier": "seed"}
    assert step(first, "rounding") == {"exact": "1361.25", "amount_minor": 1361}
    assert codes(second) == ["base", "credit", "plan", "rule", "override", "rounding", "guard"]
    assert (step(second, "rounding"), second.koc and second.koc.key) == ({"exact": "297", "amount_minor": 297}, "high")
    assert words(first).startswith(
        "Order A-1, line 1 (S1), level 1: CN¥13.61 for low.\n1 × CN¥99.00 = CN¥99.00: the base is CN¥99.00."
    )
    assert "CN¥99.00 × 12.5% × 1.10 for tier seed = CN¥13.6125, rounded half up to CN¥13.61." in words(first)


def test_the_guard_says_who_gave_way() -> None:
    """10000 at 25% × 1.2 is 3000 of 3000: level 2 of 500 becomes 0, and there is no commission."""
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"min_payout_minor": 1}, rules=[{"rate_bps": 2500, "override_bps": 500}]
    )
    brand.tiers.update(multiplier_bps=12_000)
    make_share(make_koc(brand, sponsor=make_koc(brand)), code="code")
    report(brand, paid("A-1", ("1", "S1", 1, 10_000), share="code"))
    second = amount(2)
    assert (second.commission, second.amount_minor, second.zero_because) == (None, 0, "guard")
    assert {name: step(second, "guard")[name] for name in ("guard_minor", "taken_minor", "room_minor", "level_minor", "is_cut")} == {
        "guard_minor": 3000, "taken_minor": 3000, "room_minor": 0, "level_minor": 500, "is_cut": True,
    }  # fmt: skip
    assert "level 1 takes CN¥30.00, so level 2 gives way: CN¥5.00 becomes CN¥0.00." in words(second)
    assert "So there is no commission." in words(second)


def test_less_than_half_a_cent_is_explained(brand: Brand) -> None:
    """3 × 12.5% in a tier of × 1: 0.375 → 0."""
    brand.tiers.update(multiplier_bps=10_000)
    report(brand, paid("A-1", ("1", "S1", 1, 3), share="code"))
    assert (step(amount(1), "rounding"), amount(1).zero_because) == ({"exact": "0.375", "amount_minor": 0}, "rounding")
    assert "= CN¥0.00375, rounded half up to CN¥0.00." in words(amount(1))


def test_nothing_of_today_is_asked(brand: Brand) -> None:
    report(brand, paid(share="code"))
    before = {level: words(amount(level)) for level in (1, 2)}
    gold = Tier.objects.create(brand=brand, key="gold", name="金", rank=1, multiplier_bps=30_000)
    Tier.objects.filter(key="seed").update(multiplier_bps=1, name="else")
    Koc.objects.update(tier=gold)
    Product.objects.update(category="hair", price_minor=1, name="else")
    PayPolicy.objects.update(total_cap_bps=1, paid_levels=1, rate_protection_days=0, hold_days=90, hold_rule="rolling")
    CreditPolicy.objects.update(window_days=1, attribution="linear")
    Plan.objects.update(ends_at=NOW + HOUR)
    assert {level: words(amount(level)) for level in (1, 2)} == before
