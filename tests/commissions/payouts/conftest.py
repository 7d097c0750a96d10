"""The brand that the tests of payouts pay for."""

import pytest

from accounts.brands.models import Brand
from tests.support.payouts import make_ready_brand


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi")
