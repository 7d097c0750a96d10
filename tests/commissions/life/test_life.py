"""The whole life of a brand's orders, in any interleaving, against a small model that was written from the contract
alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from accounts.brands.models import Brand, Tier
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services import approvals, crediting, order_changes
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from referrals.attribution.models import Acquaintance
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.extent import run_state_machine
from tests.support.factories import (
    NOW,
    TWO_LEVELS,
    make_brand,
    make_customer,
    make_koc,
    make_plan,
    make_product,
    make_share,
)
from tests.support.life.contract_model import (
    CAP,
    CATEGORY,
    DAY,
    HOUR,
    MINIMUM,
    NEXT,
    RULES,
    TOUCHES,
    Model,
    Sold,
    SoldLine,
    Version,
    end_of,
)
from tests.support.life.machines import BrandMachine
from tests.support.shop_events import balances, send, statements

LINES = ["1", "2", "3"]


def make_shop() -> Brand:
    policy = TWO_LEVELS | {"total_cap_bps": CAP, "min_payout_minor": MINIMUM}
    brand = make_brand(policy=policy)
    for sku, category in CATEGORY.items():
        make_product(brand, sku, category=category)
    make_plan(brand, rules=RULES)
    sprout = Tier.objects.create(brand=brand, key="sprout", name="新芽", rank=1, growth=1000, multiplier_bps=11_000)
    top = make_koc(brand, "top")
    mid = make_koc(brand, "mid", sponsor=top)
    shares = {
        koc.key: make_share(koc, key=f"share-{koc.key}")
        for koc in (top, mid, make_koc(brand, "low", sponsor=mid, tier=sprout))
    }
    Acquaintance.objects.create(customer=make_customer(brand, "both"), visitor="v")
    for koc, visited_at in TOUCHES:
        Visit.objects.create(share=shares[koc], visitor="v", visited_at=visited_at)
    return brand


# Few different days, so that much falls together: the first order's hold, the end of March, refunds and amendments on
# both sides of these.
moments = st.sampled_from([0, 0, 1, 20, 21, 22, 30, 40]).map(lambda day: NOW + day * DAY)
later = st.sampled_from([0, 1, 3, 6, 8, 11, 25, 31, 40, 62]).map(lambda days: days * DAY)
whether_told = st.sampled_from([True, True, False])
prices = st.one_of(st.integers(1, 60), st.integers(60, 20_000))
sold_lines = st.tuples(st.integers(1, 3), prices, st.integers(0, 30))
discounts = st.sampled_from([0, 0, 1, 7, 100])


class Life(BrandMachine):
    def __init__(self) -> None:
        super().__init__()
        self.brand = make_shop()
        self.model = Model()
        self.orders: list[Sold] = []
        self.facts: list[tuple[Sold, str]] = []
        self.clock = NOW
        self.period = "2026-03"

    @initialize(attribution=st.sampled_from(["linear", "position", "last_click", "first_click"]))
    def a_brand_attributes(self, attribution: str) -> None:
        CreditPolicy.objects.filter(brand=self.brand).update(attribution=attribution)
        self.model.attribution = attribution

    def happens(self, order: Sold, what: str, told: bool) -> None:
        self.facts.append((order, what))
        if told:
            self.tell(order, what)

    def tell(self, *told: Any) -> None:
        order, what = told
        self.model.heard.add((order.key, what))
        send(self.brand, order.event(what), at=self.clock)

    @rule(
        customer=st.sampled_from([None, "c-1", "c-2", "both", "both"]),
        koc=st.sampled_from(["low", "low", "low", "mid", "mid", "top", None]),
        at=moments,
        skus=st.lists(st.sampled_from(sorted(CATEGORY)), min_size=1, max_size=3),
        sold=st.tuples(*[sold_lines] * 3),
        discount=discounts,
        told=whether_told,
    )
    def an_order_is_paid(
        self,
        customer: str | None,
        koc: str | None,
        at: datetime,
        skus: list[str],
        sold: list[tuple[int, int, int]],
        discount: int,
        told: bool,
    ) -> None:
        lines = {line: SoldLine(sku, *how) for line, sku, how in zip(LINES, skus, sold, strict=False)}
        version = Version(at, discount, lines)
        if version.is_sound:
            order = Sold(f"A-{len(self.orders):03}", customer, koc, at, [version])
            self.orders.append(order)
            self.happens(order, "V-0", told)

    @precondition(lambda self: self.orders)
    @rule(
        which=st.integers(0, 99),
        after=later,
        back_to=st.integers(0, 3),
        changed=st.lists(st.sampled_from(["same", "same", "out", "new"]), min_size=3, max_size=3),
        sku=st.sampled_from(sorted(CATEGORY)),
        sold=sold_lines,
        discount=st.none() | discounts,
        told=whether_told,
    )
    def an_order_is_amended(
        self,
        which: int,
        after: timedelta,
        back_to: int,
        changed: list[str],
        sku: str,
        sold: tuple[int, int, int],
        discount: int | None,
        told: bool,
    ) -> None:
        """The shop starts from one of the versions and leaves lines as they are, takes some out, sells more or less of
        others, or another product."""
        order = self.orders[which % len(self.orders)]
        start = order.versions[back_to % len(order.versions)]
        known = {line for version in order.versions for line in version.lines}
        lines = {}
        for line, how in zip(LINES, changed, strict=True):
            if how == "new":
                lines[line] = SoldLine(order.sku_of(line) if line in known else sku, *sold)
            elif how == "same" and line in start.lines:
                lines[line] = replace(start.lines[line])
        reported_at = order.paid_at + after + len(order.versions) * HOUR
        version = Version(reported_at, start.discount if discount is None else discount, lines)
        if version.is_sound and all(
            (lines[line].base if line in lines else 0) >= order.refunded(line) for line in known
        ):
            order.versions.append(version)
            self.happens(order, f"V-{len(order.versions) - 1}", told)

    @precondition(lambda self: any(order.delivered_at is None for order in self.orders))
    @rule(which=st.integers(0, 99), after=st.sampled_from([0, 1, 2]), told=whether_told)
    def an_order_is_delivered(self, which: int, after: int, told: bool) -> None:
        waiting = [order for order in self.orders if order.delivered_at is None]
        order = waiting[which % len(waiting)]
        order.delivered_at = order.paid_at + after * DAY
        self.happens(order, "delivered", told)

    @precondition(lambda self: any(order.cancelled_at is None for order in self.orders))
    @rule(which=st.integers(0, 99), after=later, told=whether_told)
    def an_order_is_cancelled(self, which: int, after: timedelta, told: bool) -> None:
        waiting = [order for order in self.orders if order.cancelled_at is None]
        order = waiting[which % len(waiting)]
        order.cancelled_at = order.paid_at + after
        self.happens(order, "cancelled", told)

    @precondition(lambda self: self.orders)
    @rule(
        which=st.integers(0, 99),
        after=later,
        parts=st.lists(st.sampled_from([0, 1, 30, 50, 97, 100]), min_size=3, max_size=3),
        told=whether_told,
    )
    def an_order_is_refunded(self, which: int, after: timedelta, parts: list[int], told: bool) -> None:
        order = self.orders[which % len(self.orders)]
        back = {
            line: amount
            for line, part in zip(LINES, parts, strict=True)
            if (amount := -(-max(0, order.refundable(line)) * part // 100))
        }
        if back:
            order.refunds.append((order.paid_at + after, back))
            self.happens(order, f"R-{len(order.refunds) - 1}", told)

    @precondition(lambda self: self.facts)
    @rule(which=st.integers(0, 999))
    def a_fact_is_told_perhaps_again(self, which: int) -> None:
        self.tell(*self.facts[which % len(self.facts)])

    @rule(days=st.sampled_from([0, 5, 30, 90]))
    def the_clock_runs(self, days: int) -> None:
        self.clock += days * DAY
        run_due(brand=self.brand, at=self.clock)
        self.model.run(self.orders, self.clock)

    @precondition(lambda self: self.period in NEXT and end_of(self.period) < self.clock + 90 * DAY)
    @rule()
    def the_next_month_is_settled(self) -> None:
        self.model.run(self.orders, min(self.clock, end_of(self.period)))
        assert settle_period(brand=self.brand, period=self.period, at=self.clock).is_new
        assert not settle_period(brand=self.brand, period=self.period, at=self.clock).is_new
        self.model.settle(self.period)
        self.period = NEXT[self.period]

    @invariant()
    def wallets_and_statements_are_the_models(self) -> None:
        assert balances(self.brand) == self.model.balances()
        assert sorted(statements(self.brand)) == sorted(self.model.statements)

    @invariant()
    def commissions_are_the_models(self) -> None:
        named = ("line__order__key", "line__key", "level", "credit__koc__key")
        rows = Commission.objects.filter(brand=self.brand).values_list(
            *named, "koc__key", "amount_minor", "reversed_minor", "settled_minor", "status", "approved_at"
        )
        found = {(order, line, level, credited): tuple(rest) for order, line, level, credited, *rest in rows}
        assert found.keys() <= self.model.earned.keys()
        for key, one in self.model.earned.items():
            if key not in found:
                assert (self.model.value(one), one.settled) == (0, 0)
                continue
            koc, amount, back, settled, status, approved_at = found[key]
            assert (koc, amount - back, settled) == (one.koc, self.model.value(one), one.settled)
            assert back <= amount
            assert status == self.model.status(one)
            assert approved_at == self.model.approved_at(one) or self.model.may_have_been_more(one)


@pytest.mark.django_db
@pytest.mark.parametrize("runs", [8, pytest.param(30, marks=pytest.mark.heavy)])
def test_the_books_are_the_models_whatever_happens_in_whatever_order(
    monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    for service in (crediting, order_changes, approvals):
        monkeypatch.setattr(service, "BATCH", 3)
    run_state_machine(Life, runs=runs, steps=30)
