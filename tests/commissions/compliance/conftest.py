"""A brand of two paid levels whose March is settled."""

from datetime import UTC, datetime

import pytest

from accounts.brands.models import Brand
from commissions.planning.services.policies import acknowledge_level_2
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, TWO_LEVELS, make_brand, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import cancelled, delivered, paid, refunded, report

LATE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def brand() -> Brand:
    """grand → sponsor → sharer, and a loner. Three orders: 9900 with a third refunded, 9900 cancelled, 20,000; all
    settled."""
    brand = make_brand("lumi", policy=TWO_LEVELS | {"min_payout_minor": 0})
    acknowledge_level_2(brand=brand, by="Ann", at=NOW)
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}])
    sponsor = make_koc(brand, "sponsor", name="Lan", sponsor=make_koc(brand, "grand"))
    share = make_share(make_koc(brand, "sharer", name="Mei", sponsor=sponsor), code="code")
    make_koc(brand, "loner")
    make_koc(brand, "waiting", status="applied", sponsor=sponsor)
    make_share(sponsor, channel="douyin")
    orders = [
        paid(share=share.code),
        paid("A-2", share=share.code),
        paid("A-3", ("1", "S1", 2, 10_000), share=share.code),
    ]
    report(brand, *orders, delivered(), delivered("A-3"), refunded(), cancelled("A-2"), at=LATE)
    settle_period(brand=brand, period="2026-03", at=LATE)
    return brand
