import pytest

from accounts.brands.models import Brand
from tests.support.explanations import TWO_LEVELS
from tests.support.factories import make_brand, make_kit, make_koc, make_plan, make_product, make_share


@pytest.fixture
def brand() -> Brand:
    """12.5 % and 3 % for the sponsor, in a tier of × 1.1: the numbers of the contract."""
    brand = make_brand(policy=TWO_LEVELS)
    brand.tiers.update(multiplier_bps=11_000)
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), make_kit(brand), code="code")
    return brand
