"""A lower rate reaches a share that was made before the change only after `rate_protection_days`; a higher one holds at
once.

Every order is one line of 9900: 12.5 % are 1238, 10 % 990, 8 % 792, 15 % 1485.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import LineTerms
from commissions.planning.services.plans import save_plan
from commissions.plans.domain.plan_parts import PlanPart, RulePart
from commissions.plans.models.policies import PayPolicy
from tests.support.factories import NOW, make_brand, make_koc, make_product, make_share
from tests.support.shop_events import commissions, paid, report

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
BEGAN, CHANGE = NOW - 60 * DAY, NOW + 10 * DAY


@pytest.fixture
def brand() -> Brand:
    brand = make_brand()
    make_product(brand)
    share(make_koc(brand, "a"), "old", NOW)
    return brand


def share(koc: Koc, code: str, at: datetime) -> None:
    make_share(koc, code=code, shared_at=at)


def version(
    brand: Brand, starts_at: datetime, *, ends_at: datetime | None = None, key: str = "spring", **rule: Any
) -> None:
    save_plan(
        brand=brand,
        plan=PlanPart(key, starts_at, ends_at, [RulePart(**rule)]),
        at=NOW if starts_at == BEGAN else starts_at - 5 * DAY,
    )


def earned(brand: Brand, *moments: datetime, share: str | None = "old", **more: Any) -> list[int]:
    """What an order at each moment earns at level 1."""
    before = LineTerms.objects.count()
    report(
        brand,
        *[paid(f"A-{before + n}", share=share, at=moment, **more) for n, moment in enumerate(moments)],
        at=NOW + 365 * DAY,
    )
    amounts = {order: net for order, level, _, net, _ in commissions(brand) if level == 1}
    return [amounts.get(f"A-{before + n}", 0) for n, _ in enumerate(moments)]


def spoke(order: str) -> tuple[str, str]:
    """(the plan whose terms an order has, the plan in force that waits)."""
    answer = LineTerms.objects.select_related("plan", "protected_from").get(line__order__key=order)
    return str(answer.plan), str(answer.protected_from or "")


def test_a_lower_rate_reaches_an_older_share_after_thirty_days(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    end = CHANGE + 30 * DAY
    assert earned(brand, CHANGE - SECOND, CHANGE, end - SECOND, end) == [1238, 1238, 1238, 990]
    assert [spoke(f"A-{n}") for n in range(4)] == [
        ("spring", ""),
        ("spring", "spring v2"),
        ("spring", "spring v2"),
        ("spring v2", ""),
    ]


def test_a_share_made_after_the_change_has_the_new_rate_at_once(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    koc = Koc.objects.get()
    share(koc, "at", CHANGE)
    share(koc, "before", CHANGE - SECOND)
    assert earned(brand, CHANGE + DAY, share="at") == [990]
    assert earned(brand, CHANGE + DAY, share="before") == [1238]


def test_a_raise_holds_at_once(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1000)
    version(brand, CHANGE, rate_bps=1250)
    assert earned(brand, CHANGE - SECOND, CHANGE) == [990, 1238]
    assert spoke("A-1") == ("spring v2", "")


def test_two_lowerings_in_a_row_each_wait_their_own_days(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    version(brand, CHANGE + 15 * DAY, rate_bps=800)
    first, second = CHANGE + 30 * DAY, CHANGE + 45 * DAY
    assert earned(brand, CHANGE + 16 * DAY, first - SECOND, first, second - SECOND, second) == [
        1238,
        1238,
        990,
        990,
        792,
    ]
    share(Koc.objects.get(), "between", CHANGE + DAY)
    assert earned(brand, CHANGE + 16 * DAY, second, share="between") == [990, 792]


def test_after_a_raise_and_a_lowering_the_best_that_held_is_kept(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1000)
    version(brand, CHANGE, rate_bps=1500)
    version(brand, CHANGE + 5 * DAY, rate_bps=800)
    assert earned(brand, CHANGE + 6 * DAY, CHANGE + 35 * DAY) == [1485, 792]


def test_without_a_share_nothing_is_protected(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    assert earned(brand, CHANGE + DAY, share=None, koc="a") == [990]


def test_rates_and_fixed_amounts_are_compared_by_what_level_1_earns(brand: Brand) -> None:
    """11.00 a piece against 10 %: on 99.00 the fixed amount is more, on 120.00 the rate is."""
    version(brand, BEGAN, fixed_minor=1100)
    version(brand, CHANGE, rate_bps=1000)
    report(
        brand,
        paid("A-1", ("1", "S1", 1, 9900), share="old", at=CHANGE),
        paid("A-2", ("1", "S1", 1, 12_000), share="old", at=CHANGE),
        at=CHANGE,
    )
    assert commissions(brand) == [("A-1", 1, "a", 1100, 0), ("A-2", 1, "a", 1200, 0)]
    assert [spoke("A-1"), spoke("A-2")] == [("spring", "spring v2"), ("spring v2", "")]


def test_a_gap_between_plans_ends_the_protection(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250, ends_at=CHANGE)
    version(brand, CHANGE + SECOND, key="summer", rate_bps=1000)
    assert earned(brand, CHANGE - SECOND, CHANGE, CHANGE + SECOND) == [1238, 0, 990]


def test_another_plan_that_follows_without_a_gap_is_a_change_too(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250, ends_at=CHANGE)
    version(brand, CHANGE, key="summer", rate_bps=1000)
    assert earned(brand, CHANGE, CHANGE + 30 * DAY) == [1238, 990]
    assert spoke("A-0") == ("spring", "summer")


def test_a_brand_may_protect_for_fewer_days_or_not_at_all(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    PayPolicy.objects.update(rate_protection_days=7)
    assert earned(brand, CHANGE + 7 * DAY - SECOND, CHANGE + 7 * DAY) == [1238, 990]
    PayPolicy.objects.update(rate_protection_days=0)
    assert earned(brand, CHANGE) == [990]


def test_what_was_answered_stays_when_it_is_asked_again(brand: Brand) -> None:
    version(brand, BEGAN, rate_bps=1250)
    version(brand, CHANGE, rate_bps=1000)
    assert earned(brand, CHANGE) == [1238]
    before = commissions(brand)
    report(brand, paid("A-0", share="old", at=CHANGE), at=NOW + 365 * DAY)
    assert commissions(brand) == before
