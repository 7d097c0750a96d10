"""Grants and allocations with plain defaults, and a check that a refusal changed nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.ledger.models import Transfer, Wallet
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Statement
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.services.subsidies import allocate, grant_subsidy
from foundation.files.faults import Refusal
from tests.support.factories import NOW
from tests.support.shop_events import prove

DAY = timedelta(days=1)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def find_koc(brand: Brand, key: str) -> Koc:
    found: Koc = Koc.objects.get(brand=brand, key=key)
    return found


def grant(brand: Brand, by: User, **terms: Any) -> Subsidy:
    """50,000 for `lead` and 50,000 to hand on as money until June, unless the terms say otherwise."""
    asked: dict[str, Any] = {
        "koc": find_koc(brand, "lead"),
        "own_minor": 5_000_000,
        "hand_on_minor": 5_000_000,
        "may_pass_on": False,
        "expires_at": JUNE,
        "note": "",
        "at": NOW,
    }
    return grant_subsidy(brand=brand, by=by, **(asked | terms))


def hand_on(
    subsidy: Subsidy, to: str, amount_minor: int, *, as_right: bool = False, at: datetime = NOW + DAY
) -> Allocation:
    made = allocate(
        subsidy=subsidy, to=find_koc(subsidy.brand, to), amount_minor=amount_minor, note="", as_right=as_right, at=at
    )
    prove(subsidy.brand)
    return made


def account_rows(brand: Brand) -> list[Any]:
    """All that a refusal must leave as it was."""
    rows = [
        list(model.objects.order_by("pk").values()) for model in (Subsidy, Allocation, Adjustment, Wallet, Statement)
    ]
    return [*rows, Transfer.objects.count()]


def assert_refused(brand: Brand, why: type[Refusal], call: Any) -> None:
    before = account_rows(brand)
    with pytest.raises(why):
        call()
    assert account_rows(brand) == before
    prove(brand)
