"""The steps of random lines come to what is booked, whatever happens to the order."""

from datetime import datetime
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import reverse_commissions
from commissions.orders.models import Order
from foundation.files.faults import BadFile
from foundation.postgres.transactions import one_transaction
from referrals.visits.models import Visit
from tests.support.explanations import DAY, HOUR, explain_order, make_campaign
from tests.support.factories import NOW, TWO_LEVELS, make_brand_with_plan, make_kit, make_koc, make_share
from tests.support.shop_events import Event, delivered, paid, refunded, report

pytestmark = pytest.mark.django_db

prices = st.integers(1, 20_000)

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.integers(0, 1), st.integers(1, 6_000)),
        st.tuples(st.just("amend"), prices, prices),
        st.tuples(st.just("deliver"), st.just(0), st.just(0)),
        st.tuples(st.just("reverse"), st.integers(0, 3), st.just(0)),
    ),
    max_size=5,
)

limits = st.fixed_dictionaries({"override_bps": st.integers(0, 2_000), "cap_minor": st.none() | st.integers(0, 2_000)})

pays = st.fixed_dictionaries({"rate_bps": st.integers(0, 4_000)}) | st.fixed_dictionaries(
    {"fixed_minor": st.integers(0, 900)}
)


def apply_quietly(brand: Brand, event: Event, at: datetime) -> None:
    """What the shop may not say is refused, and changes nothing."""
    try:
        with transaction.atomic():
            report(brand, event, at=at)
    except BadFile:
        pass


class Story(NamedTuple):
    rule: dict[str, Any]
    multiplier: int
    sold: tuple[int, int]
    bounty: int
    shared: bool
    then: list[tuple[str, int, int]]


stories = st.builds(
    Story,
    rule=st.builds(dict.__or__, limits, pays),
    multiplier=st.integers(5_000, 20_000),
    sold=st.tuples(prices, prices),
    bounty=st.integers(1, 900),
    shared=st.booleans(),
    then=happenings,
)


@settings(max_examples=25, deadline=None)
@given(stories)
def test_the_steps_of_random_lines_come_to_what_is_booked(story: Story) -> None:
    """Any plan, tier and price, shared or not, with a bounty on a small budget; then refunds, amendments, reviews:
    every step sums up, after each."""
    with one_transaction():
        live(story)
        transaction.set_rollback(True)


def live(story: Story) -> None:
    brand = make_brand_with_plan(
        policy=TWO_LEVELS | {"min_payout_minor": 1},
        credit={"attribution": "position" if story.shared else "last_click"},
        rules=[story.rule],
    )
    brand.tiers.update(multiplier_bps=story.multiplier)
    make_campaign(brand, "bounty", fixed_minor=story.bounty, budget_minor=1_000)
    kit = make_kit(brand)
    shares = [
        make_share(make_koc(brand, "a", sponsor=make_koc(brand, "s")), kit),
        make_share(make_koc(brand, "b"), kit),
    ]
    visits = [
        Visit.objects.create(share=shares[n % 2], visitor=f"v-{brand.pk}", visited_at=NOW - n * HOUR - HOUR)
        for n in range(3)
    ]

    def order(first: int, second: int, at: datetime) -> Event:
        return paid("A-1", ("0", "S1", 2, first), ("1", "S1", 1, second), click=visits[0].public_id) | {
            "timestamp": at.isoformat()
        }

    report(brand, order(*story.sold, NOW))
    check(brand)
    for number, (what, one, two) in enumerate(story.then, start=1):
        at = NOW + number * DAY
        if what == "refund":
            apply_quietly(brand, refunded("A-1", f"R-{number}", at, **{f"l{one}": two}), at)
        elif what == "amend":
            apply_quietly(brand, order(one, two, at), at)
        elif what == "deliver":
            apply_quietly(brand, delivered("A-1", at), at + 30 * DAY)
        else:
            worth = [
                pk
                for pk, net in (
                    (c.pk, c.net_minor) for c in Commission.objects.filter(brand=brand, void_from=None).order_by("pk")
                )
                if net
            ]
            reverse_commissions(brand=brand, commissions=worth[one : one + 1], reason="fraud", by=None, at=at)
        check(brand)


def check(brand: Brand) -> None:
    explanation = explain_order(Order.objects.get(brand=brand))
    booked = {row.pk: (row.amount_minor, row.net_minor) for row in Commission.objects.filter(brand=brand)}
    assert {amount.commission.id for amount in explanation.amounts if amount.commission} == booked.keys()
    for amount in explanation.amounts:
        expected = booked[amount.commission.id] if amount.commission else (0, 0)
        assert (amount.amount_minor, amount.net_minor) == expected, (amount.level, amount.steps, amount.now)
        if amount.commission:
            assert amount.amount_minor - sum(change.took_minor for change in amount.since) == amount.net_minor
        assert bool(amount.zero_because) == (amount.amount_minor == 0)
