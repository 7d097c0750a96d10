"""The brand that the tests of fraud search."""

import pytest

from accounts.brands.models import Brand
from tests.support.fraud import make_searched_brand


@pytest.fixture
def brand(db: None) -> Brand:
    return make_searched_brand("lumi")
