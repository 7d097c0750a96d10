"""One expired subsidy that raises is set aside; what is left of all others returns to the brand."""

import pytest

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.people.models import User
from commissions.subsidies.models import Subsidy
from commissions.subsidies.services.subsidies import expire_subsidies
from tests.support.database import cure, poison
from tests.support.shop_events import prove
from tests.support.subsidies import DAY, JUNE, grant

pytestmark = pytest.mark.django_db


def test_one_subsidy_that_raises_is_set_aside_and_all_others_are_returned(brand: Brand, staff: User) -> None:
    first, bad, last = (grant(brand, staff, own_minor=0, hand_on_minor=1000) for _ in range(3))
    poison("commissions_transfer", f"NEW.reason = 'expiry' AND NEW.cause_id = {bad.pk}")
    assert expire_subsidies(brand=brand, at=JUNE) == 2
    assert [(failed.kind, failed.fact) for failed in FailedFact.objects.all()] == [("subsidy", bad.pk)]
    returned = dict(Subsidy.objects.values_list("pk", "returned_minor"))
    assert returned == {first.pk: 1000, bad.pk: 0, last.pk: 1000}
    prove(brand)
    cure("commissions_transfer")
    assert expire_subsidies(brand=brand, at=JUNE) == 0  # it still pauses
    assert expire_subsidies(brand=brand, at=JUNE + DAY) == 1
    assert not FailedFact.objects.exists()
    prove(brand)
