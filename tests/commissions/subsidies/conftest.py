"""The brand and the staff member of the tests of subsidies."""

import pytest

from accounts.brands.models import Brand
from accounts.people.models import User
from tests.support.factories import make_brand, make_kit, make_koc, make_share, make_user


@pytest.fixture
def brand() -> Brand:
    """`lead` brought `mid`, who brought `low` and `idle`; `side` stands alone. Everybody but `idle` has shared
    something. Labour income is taxed."""
    brand = make_brand(policy={"tax": "cn_labour_service"})
    kit = make_kit(brand)
    lead = make_koc(brand, "lead", user=make_user())
    mid = make_koc(brand, "mid", sponsor=lead)
    for koc in (lead, mid, make_koc(brand, "low", sponsor=mid), make_koc(brand, "side")):
        make_share(koc, kit, code=koc.key)
    make_koc(brand, "idle", sponsor=mid)
    return brand


@pytest.fixture
def staff() -> User:
    return make_user(is_staff=True)
