"""The brand that the tests of payouts pay for, and its two staff members."""

import pytest
from django.test import Client

from accounts.brands.models import Brand
from tests.support.payout_files import signed_in
from tests.support.payouts import checker_of, make_ready_brand, maker_of


@pytest.fixture
def brand() -> Brand:
    return make_ready_brand("lumi")


@pytest.fixture
def maker(brand: Brand) -> Client:
    return signed_in(maker_of(brand))


@pytest.fixture
def checker(brand: Brand) -> Client:
    return signed_in(checker_of(brand))
