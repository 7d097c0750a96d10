"""A brand whose plans are tried on past orders."""

import pytest

from accounts.brands.models import Brand, Tier
from tests.support.factories import TWO_LEVELS, make_brand, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import paid, report


@pytest.fixture
def brand() -> Brand:
    """KOC `low` under `high`, in a tier of × 1.1; 12.5 % + 3 % on everything."""
    brand = make_brand("lumi", policy=TWO_LEVELS)
    sprout = Tier.objects.create(brand=brand, key="sprout", name="新芽", rank=1, growth=10, multiplier_bps=11_000)
    make_product(brand)
    make_product(brand, "S2", category="hair")
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high"), tier=sprout, name="=小林"), code="code")
    return brand


# The command


@pytest.fixture
def sold(brand: Brand) -> Brand:
    report(brand, paid(share="code"), paid("A-2", ("1", "S1", 1, 100)))
    return brand
