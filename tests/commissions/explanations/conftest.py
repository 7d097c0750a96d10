import pytest

from accounts.brands.models import Brand
from tests.support.factories import TWO_LEVELS, make_brand_with_plan, make_koc, make_share


@pytest.fixture
def brand() -> Brand:
    """12.5 % and 3 % for the sponsor, in a tier of × 1.1: the numbers of the contract."""
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"min_payout_minor": 1}, rules=[{"rate_bps": 1250, "override_bps": 300}]
    )
    brand.tiers.update(multiplier_bps=11_000)
    make_share(make_koc(brand, "low", sponsor=make_koc(brand, "high")), code="code")
    return brand
