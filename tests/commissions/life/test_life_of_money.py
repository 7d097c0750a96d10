"""What becomes of money once it is earned, by a plan and by campaigns: held, reversed, settled, withdrawn, reopened, in
any interleaving, against a model.

Orders are as simple as can be here, one line at one rate, but from two shops that use the same numbers, and of some the share
is told later: what else happens to orders is what `test_life` is about.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.domain.refusals import NotReviewable
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services import crediting, order_changes
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.payouts.services.reopening import reopen_period
from commissions.plans.models.campaigns import Campaign
from commissions.schedule import run_due
from commissions.settlement.domain.refusals import NothingToWithdraw, PeriodRefused
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from commissions.settlement.services.withdrawals import request_withdrawal
from tests.support.extent import run_state_machine
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_payee, make_share, make_user
from tests.support.life.contract_model import CHINA, DAY, NEXT, end_of
from tests.support.life.machines import BrandMachine
from tests.support.life.money_model import BOUNTY, BUDGET, MINIMUM, PERSON, STEPS, Earned, Model, Sold
from tests.support.shop_events import balances, delivered, paid, refunded, send


def make_shop() -> Brand:
    brand = make_brand_with_plan(
        policy={"min_payout_minor": MINIMUM, "withdrawals": True, "tax": "cn_labour_service"},
        rules=[{"rate_bps": 1250}],
    )
    pays: dict[str, dict[str, Any]] = {
        "bounty": {"fixed_minor": BOUNTY},
        "steps": {"steps": [[mark, int(rate * 10_000)] for mark, rate in STEPS]},
    }
    for kind, what in pays.items():
        Campaign.objects.create(brand=brand, key=kind, kind=kind, starts_at=NOW, budget_minor=BUDGET[kind], **what)
    koc = None
    for key, id_number in zip(PERSON, ("11010519491231002X", "11010519491231002X", "440524188001010014"), strict=True):
        koc = make_koc(brand, key, user=make_user(), sponsor=koc)
        make_payee(koc.user, id_number)
        make_share(koc, key=key)
    return brand


# Few different days, so that much falls together; before and after the ends of months, and before and after they are
# settled.
days = st.sampled_from([0, 1, 5, 9, 20, 21, 30, 33, 40]).map(lambda number: number * DAY)
prices = st.sampled_from([3, 3_000, 9_900, 80_000, 700_000, 2_500_000, 6_000_000])
kocs = st.sampled_from(sorted(PERSON))
# Who sold for how much, how long ago it was paid, and how long after that it was delivered, if it was.
sales = st.tuples(kocs, prices, days, st.one_of(days, days, st.none()))
some = st.lists(st.integers(0, 99), min_size=1, max_size=2)


SHOPS = ("main", "tmall")
NAME = Concat("line__order__shop", Value("/"), "line__order__key")


def number_of(order: Sold) -> str:
    """The number that the shop knows it by."""
    return order.key.partition("/")[2]


def can_be_held(one: Earned) -> bool:
    return bool(one.value()) and not one.is_held and not one.lines


def is_held(one: Earned) -> bool:
    return one.is_held


class LifeOfMoney(BrandMachine):
    def __init__(self) -> None:
        super().__init__()
        self.brand = make_shop()
        self.model = Model()
        self.clock = NOW

    @property
    def period(self) -> str:
        return NEXT.get(self.model.months[-1][1], "") if self.model.months else "2026-03"

    @initialize(
        sold=st.lists(sales, max_size=4),
        until=st.sampled_from(["the start", "a month is over", "settled", "given back", "carried", "carried"]),
    )
    def a_brand_has_begun(self, sold: list[Any], until: str) -> None:
        """Mostly with a month's sales behind it, and then with one that was paid and given back, and with the debt that
        is carried to the next month."""
        for one in [("c", 700_000, 0 * DAY, DAY), *sold]:
            self.sell(*one)
        if until != "the start":
            self.wait(31)
        if until in ("settled", "given back", "carried"):
            self.the_next_month_is_settled(is_over=True)
        if until in ("given back", "carried"):
            self.give_back(self.model.orders[0], self.clock, 100)
            self.wait(0)
        if until == "carried":
            self.the_next_month_is_settled(is_over=True)

    @rule(sold=st.lists(sales, min_size=1, max_size=3))
    def orders_are_paid(self, sold: list[Any]) -> None:
        """Heard today, whenever it was."""
        for one in sold:
            self.sell(*one)

    def sell(self, koc: str, price: int, ago: timedelta, delivery: timedelta | None) -> None:
        """In one of two shops, which use the same numbers; of every third order the share is told later."""
        number, count = len(self.model.orders) // 2, len(self.model.orders)
        order = Sold(f"{SHOPS[count % 2]}/A-{number:03}", koc, price, max(NOW, self.clock - ago))
        self.model.orders.append(order)
        tellings: list[dict[str, Any]] = [{}, {"share": koc}] if count % 3 == 0 else [{"share": koc}]
        for said in tellings:
            self.tell(order, paid(number_of(order), ("1", "S1", 1, price), at=order.paid_at, **said))
        if delivery is not None:
            self.deliver(order, order.paid_at + delivery)

    @precondition(lambda self: any(order.delivered_at is None for order in self.model.orders))
    @rule(which=st.integers(0, 99), ago=days)
    def an_order_is_delivered(self, which: int, ago: timedelta) -> None:
        waiting = [order for order in self.model.orders if order.delivered_at is None]
        order = waiting[which % len(waiting)]
        self.deliver(order, max(order.paid_at, self.clock - ago))

    def deliver(self, order: Sold, at: datetime) -> None:
        order.delivered_at = at
        self.tell(order, delivered(number_of(order), at))

    def tell(self, order: Sold, event: dict[str, Any]) -> None:
        """As the shop of the order does."""
        said = event["data"] | {"shop": order.key.partition("/")[0]}
        send(self.brand, event | {"data": said}, at=self.clock)

    @precondition(lambda self: self.model.orders)
    @rule(which=st.integers(0, 99), ago=days, percent=st.sampled_from([1, 40, 99, 100]))
    def an_order_is_refunded(self, which: int, ago: timedelta, percent: int) -> None:
        order = self.model.orders[which % len(self.model.orders)]
        self.give_back(order, max(order.paid_at, self.clock - ago), percent)

    def give_back(self, order: Sold, at: datetime, percent: int) -> None:
        left = order.base - sum(amount for _, amount in order.refunds)
        if amount := -(-left * percent // 100):
            self.tell(order, refunded(number_of(order), f"R-{len(order.refunds)}", at, l1=amount))
            order.refunds.append((at, amount))

    @rule(by=st.sampled_from([0, 5, 10, 31]))
    def the_clock_runs(self, by: int) -> None:
        self.wait(by)

    def wait(self, by: int) -> None:
        self.clock += by * DAY
        run_due(brand=self.brand, at=self.clock)
        self.model.run(self.clock)
        self.model.expire(self.clock)

    @precondition(lambda self: self.period and end_of(self.period) < self.clock + 60 * DAY)
    @rule(is_over=st.sampled_from([True, True, False]))
    def the_next_month_is_settled(self, is_over: bool) -> None:
        """Mostly when it is over."""
        period = self.period
        if is_over and self.clock < end_of(period):
            self.clock = end_of(period) + DAY
        self.model.run(min(self.clock, end_of(period)))
        assert settle_period(brand=self.brand, period=period, at=self.clock).is_new
        self.model.settle(period)
        assert not settle_period(brand=self.brand, period=period, at=self.clock).is_new

    @precondition(lambda self: self.model.months)
    @rule()
    def the_latest_month_is_reopened(self) -> None:
        def reopen() -> None:
            reopen_period(brand=self.brand, period=self.model.months[-1][1], because="to see", by=None, at=self.clock)

        if self.model.can_be_reopened():
            reopen()
            self.model.reopen()
        else:
            with pytest.raises(PeriodRefused):
                reopen()

    @precondition(lambda self: any(self.model.owed(koc, self.clock) >= MINIMUM for koc in PERSON))
    @rule(koc=kocs)
    def somebody_asks_for_their_money(self, koc: str) -> None:
        """The clock has run: a request itself processes the KOC's own orders alone."""
        run_due(brand=self.brand, at=self.clock)
        self.model.run(self.clock)
        owed = self.model.owed(koc, self.clock)

        def ask() -> None:
            request_withdrawal(
                koc=Koc.objects.select_related("brand").get(brand=self.brand, key=koc), amount_minor=owed, at=self.clock
            )

        if owed >= MINIMUM:
            ask()
            self.model.write(
                next(self.model.numbers), koc, f"{self.clock.astimezone(CHINA):%Y-%m}", self.clock, on_request=True
            )
        else:
            with pytest.raises(NothingToWithdraw):
                ask()

    def chosen(self, which: list[int], may: Callable[[Earned], object] | None) -> tuple[list[Earned], dict[str, Any]]:
        """Some commissions, of those that may be or of any, and how a service is told of them."""
        earned = {(one.order.key, one.kind): one for one in self.model.earned()}
        rows = (
            Commission.objects.filter(brand=self.brand)
            .annotate(order=NAME)
            .order_by("order", "pk")
            .values_list("order", "campaign__kind", "pk")
        )
        found = [
            ((order, kind or "plan"), pk)
            for order, kind, pk in rows
            if may is None or may(earned[order, kind or "plan"])
        ]
        some = dict(found[place % len(found)] for place in which)
        return [earned[name] for name in some], {"brand": self.brand, "commissions": list(some.values()), "by": None}

    @precondition(lambda self: any(map(can_be_held, self.model.earned())))
    @rule(which=some, may=st.sampled_from([can_be_held, None]))
    def commissions_are_held(self, which: list[int], may: Callable[[Earned], object] | None) -> None:
        chosen, named = self.chosen(which, may)
        if all(map(can_be_held, chosen)):
            hold_commissions(**named, reason="fraud", at=self.clock)
            for one in chosen:
                one.is_held = True
        else:
            with pytest.raises(NotReviewable):
                hold_commissions(**named, reason="fraud", at=self.clock)

    @precondition(lambda self: any(map(is_held, self.model.earned())))
    @rule(which=some, may=st.sampled_from([is_held, None]))
    def commissions_are_released(self, which: list[int], may: Callable[[Earned], object] | None) -> None:
        chosen, named = self.chosen(which, may)
        if all(map(is_held, chosen)):
            release_commissions(**named, at=self.clock)
            for one in chosen:
                one.is_held = False
        else:
            with pytest.raises(NotReviewable):
                release_commissions(**named, at=self.clock)

    @precondition(lambda self: any(one.value() for one in self.model.earned()))
    @rule(which=some, may=st.sampled_from([Earned.value, is_held, None]))
    def commissions_are_reversed(self, which: list[int], may: Callable[[Earned], object] | None) -> None:
        """What is on no statement was never earned; what is becomes a debt from now on."""
        chosen, named = self.chosen(which, may if may and any(map(may, self.model.earned())) else None)
        if all(one.value() for one in chosen):
            reverse_commissions(**named, reason="fraud", at=self.clock)
            for one in chosen:
                one.is_held, one.void_from = False, self.clock if one.lines else one.order.paid_at
        else:
            with pytest.raises(NotReviewable):
                reverse_commissions(**named, reason="fraud", at=self.clock)

    @invariant()
    def wallets_and_statements_are_the_models(self) -> None:
        assert balances(self.brand) == self.model.balances()
        columns = ("period", "koc__key", "gross_minor", "debt_in_minor", "tax_minor", "net_minor", "carried_out_minor")
        rows = Statement.objects.filter(koc__brand=self.brand)
        assert sorted(rows.exclude(status="void").values_list("on_request", *columns)) == sorted(
            one[1:] for one in self.model.statements
        )
        assert sorted(rows.filter(status="void").values_list("on_request", *columns)) == sorted(
            one[1:] for one in self.model.void
        )

    @invariant()
    def commissions_are_the_models(self) -> None:
        named = ("order", "campaign__kind", "amount_minor", "reversed_minor", "settled_minor", "status")
        rows = Commission.objects.filter(brand=self.brand).annotate(order=NAME).values_list(*named)
        found = {
            (order, kind or "plan"): (amount - back, settled, status == "held")
            for order, kind, amount, back, settled, status in rows
        }
        assert found == {
            (one.order.key, one.kind): (one.value(), one.settled, one.is_held) for one in self.model.earned()
        }

    @invariant()
    def budgets_are_the_models(self) -> None:
        promised = dict(Campaign.objects.filter(brand=self.brand).values_list("kind", "reserved_minor"))
        assert promised == {kind: self.model.reserved(kind) for kind in BUDGET}
        assert all(0 <= amount <= BUDGET[kind] for kind, amount in promised.items())


@pytest.mark.django_db
@pytest.mark.parametrize("runs", [6, pytest.param(20, marks=pytest.mark.heavy)])
def test_the_money_is_where_the_model_says_whatever_becomes_of_it(monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
    # Which of two that were approved at one moment goes up the steps first is nobody's business: they are approved
    # together
    for service in (
        crediting,
        order_changes,
    ):
        monkeypatch.setattr(service, "BATCH", 3)
    run_state_machine(LifeOfMoney, runs=runs, steps=30)
