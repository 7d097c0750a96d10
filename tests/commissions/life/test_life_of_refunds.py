"""What goes back of an order, told in any order, against a model that was written from the contract alone: named refunds,
amounts without lines, shipping, ones taken back, cancellations, amendments; too early, too late, twice, too much. Beside it a
buyer who is named later, and another shop of the brand with the same order number, of whose buyer nobody can read the phone."""

import contextlib
import json
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Doubt
from commissions.orders.services.doubts import dismiss_doubt
from commissions.orders.services.events import receive_event
from commissions.schedule import run_due
from commissions.settlement.services.settlement import settle_period
from tests.support.extent import run_state_machine
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share, make_staff
from tests.support.life.machines import BrandMachine
from tests.support.life.refund_model import Back, Sale
from tests.support.shop_events import Event, balances, delivered, paid, prove, refunded, statements

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HEARD = NOW + 60 * DAY  # Grove's clock: the order's hold is over, and its month too
RATE, RATE_OF_THE_NEW = Fraction(1, 10), Fraction(1, 5)
RULES: list[dict[str, Any]] = [{"priority": 1, "customer": "new", "rate_bps": 2000}, {"rate_bps": 1000}]
BESIDE, BESIDE_MINOR = "tmall", 1_000
LINES = ["1", "2", "3"]
TIP = {"line": "tip", "unit_price_minor": 500, "quantity": 1}
# Before the payment, at it, within the hold, in the next month, and after Grove's clock.
moments = st.sampled_from([-1, 0, 1, 1, 2, 30, 24 * 20, 24 * 70]).map(lambda hours: NOW + hours * HOUR)
sold_lines = st.dictionaries(st.sampled_from(LINES), st.tuples(st.integers(0, 2), st.integers(0, 120)), min_size=1)
parts = st.dictionaries(st.sampled_from([*LINES, "tip"]), st.sampled_from([1, 10, 33, 50, 67, 100, 101, 300]), min_size=1)  # fmt: skip


def goods_of(sold: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {line: sold[line][0] * sold[line][1] for line in LINES if line in sold and sold[line][0]}


class LifeOfRefunds(BrandMachine):
    """Two brands of whose shops the same happens: the first hears of it as it happens, and the clock comes by in between;
    the second hears of all at once, in another order."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.brand, self.other = (
            make_brand_with_plan(slug, rules=RULES, credit={"unreadable_phone": "hold"}) for slug in ("lumi", "other")
        )
        for brand, code in ((self.brand, "code-a"), (self.other, "code-b")):
            make_share(make_koc(brand, "a"), code=code)
        self.staff = {brand: make_staff(brand) for brand in self.brands}
        self.facts: list[Event] = []
        self.unheard: list[Event] = []
        self.number, self.is_settled = 0, False
        self.rate, self.is_seen, self.beside_minor = RATE, False, 0

    @property
    def brands(self) -> list[Brand]:
        return [self.brand, self.other]

    def say(self, brand: Brand, event: Event) -> None:
        """As a webhook; what cannot be is refused, and kept."""
        self.number += 1
        told = {**event, "data": event["data"] | ({"share": f"code-{'ab'[brand == self.other]}"} if event["type"] == "order.paid" else {})}  # fmt: skip
        with contextlib.suppress(EventRefused):
            shop = event["data"].get("shop", "main")
            receive_event(
                brand=brand, shop=shop, webhook_id=f"msg_{self.number}", body=json.dumps(told).encode(), at=HEARD
            )

    def happens(self, event: Event) -> None:
        self.facts.append(event)
        self.unheard.append(event)
        self.say(self.brand, event)

    def sold(self, sold: dict[str, tuple[int, int]], reported_at: datetime) -> Event:
        event = paid("A-1")
        event["timestamp"] = reported_at.isoformat()
        event["data"]["lines"] = [
            *({"line": line, "sku": "S1", "quantity": sold[line][0], "unit_price_minor": sold[line][1]} for line in LINES if line in sold),
            TIP,
        ]  # fmt: skip
        return event

    @initialize(sold=sold_lines, is_delivered=st.booleans())
    def an_order_is_paid(self, sold: dict[str, tuple[int, int]], is_delivered: bool) -> None:
        self.sale, self.is_delivered = Sale(NOW, HEARD, [goods_of(sold)], {*sold, "tip"}), is_delivered
        self.latest = self.sold(sold, NOW)
        self.happens(self.latest)
        if is_delivered:
            self.happens(delivered("A-1"))

    @precondition(lambda self: self.rate == RATE and not (self.is_delivered and self.is_seen))
    @rule()
    def the_buyer_is_named(self) -> None:
        """As long as nothing is approved the order is credited anew: it is a new customer's."""
        self.rate = RATE_OF_THE_NEW
        self.happens(self.latest | {"data": self.latest["data"] | {"customer": {"id": "c-1"}}})

    @precondition(lambda self: not self.beside_minor)
    @rule()
    def another_shop_sells_under_the_same_number(self) -> None:
        self.beside_minor = BESIDE_MINOR
        sale = paid("A-1", ("1", "S1", 1, BESIDE_MINOR), shop=BESIDE, customer={"id": "c-1", "phone": "138****0061"})
        for event in (sale, of_shop(BESIDE, delivered("A-1"))):
            self.happens(event)

    @precondition(lambda self: self.beside_minor == BESIDE_MINOR)
    @rule(amount=st.sampled_from([100, 500]))
    def the_other_shop_gives_back(self, amount: int) -> None:
        """Under a key that the first one uses too."""
        self.beside_minor -= amount
        self.happens(of_shop(BESIDE, refunded("A-1", "R-0", NOW + HOUR, l1=amount)))

    @precondition(lambda self: len(self.sale.versions) < 4)
    @rule(sold=sold_lines)
    def the_shop_edits_the_order(self, sold: dict[str, tuple[int, int]]) -> None:
        self.sale.versions.append(goods_of(sold))
        self.sale.known |= set(sold)
        self.latest = self.sold(sold, NOW + len(self.sale.versions) * DAY)
        self.happens(self.latest)

    def back(self, at: datetime, **what: Any) -> None:
        key = f"R-{len(self.sale.refunds)}"
        named = what.get("lines", {})
        self.sale.refunds.append(Back(key, at, tuple(named.items()), what.get("amount_minor", 0)))
        # A line that stands twice in one refund is summed.
        lines = [{"line": line, "amount_minor": part} for line, amount in named.items() for part in (amount // 2, amount - amount // 2)]  # fmt: skip
        data = {"order": "A-1", "refund": key, "refunded_at": at.isoformat(), **what, "lines": lines}
        self.happens({"type": "order.refunded", "data": data})

    @precondition(lambda self: len(self.sale.refunds) < 8)
    @rule(at=moments, lines=parts)
    def lines_go_back(self, at: datetime, lines: dict[str, int]) -> None:
        self.back(at, lines=lines)

    @precondition(lambda self: len(self.sale.refunds) < 8)
    @rule(at=moments, lost=st.sampled_from(["9", *LINES]))
    def a_line_goes_back_that_may_be_unknown(self, at: datetime, lost: str) -> None:
        self.back(at, lines={lost: 5})

    @precondition(lambda self: len(self.sale.refunds) < 8)
    @rule(at=moments, amount=st.sampled_from([0, 1, 40, 100, 250]), shipping=st.sampled_from([1, 800]))
    def an_amount_goes_back(self, at: datetime, amount: int, shipping: int) -> None:
        self.back(at, amount_minor=amount, shipping_minor=shipping)

    @rule(number=st.integers(0, 8), at=moments)
    def a_refund_is_taken_back(self, number: int, at: datetime) -> None:
        """Perhaps one that comes later, or never."""
        key = f"R-{number}"
        if key not in {undone for undone, _ in self.sale.undone}:
            self.sale.undone.append((key, at))
            data = {"order": "A-1", "refund": key, "cancelled_at": at.isoformat()}
            self.happens({"type": "order.refund_cancelled", "data": data})

    @precondition(lambda self: not self.sale.cancelled and len(self.facts) > 6)
    @rule(at=moments)
    def the_order_is_cancelled(self, at: datetime) -> None:
        self.sale.cancelled.append(at)
        self.happens({"type": "order.cancelled", "data": {"order": "A-1", "cancelled_at": at.isoformat()}})

    @rule(which=st.integers(0, 999))
    def a_fact_is_told_again(self, which: int) -> None:
        self.say(self.brand, self.facts[which % len(self.facts)])

    @rule()
    def the_clock_comes_by(self) -> None:
        self.is_seen = True
        run_due(brand=self.brand, at=HEARD)

    @rule(data=st.data())
    def the_other_hears_all_in_another_order(self, data: st.DataObject) -> None:
        for event in data.draw(st.permutations(self.unheard)):
            self.say(self.other, event)
        self.unheard, self.is_seen = [], True
        for brand in self.brands:
            run_due(brand=brand, at=HEARD)
            prove(brand)
        assert self.found(self.brand) == self.found(self.other) == (self.sale.net(self.rate), self.sale.doubts())
        assert balances(self.brand) == balances(self.other)
        earned = Commission.objects.filter(statement=None)
        loose = set(earned.filter(line__order__shop="main").values_list("status", flat=True))
        beside = earned.filter(line__order__shop=BESIDE)
        assert {(one.net_minor, one.status) for one in beside} <= {(self.beside_minor // 5, "held")}
        assert beside.count() == (2 if self.beside_minor else 0)
        assert not self.sale.doubts() or loose <= {"held", "reversed"}
        assert self.sale.doubts() or "held" not in loose

    def found(self, brand: Brand) -> tuple[int, set[str]]:
        earned = Commission.objects.filter(brand=brand, line__order__shop="main").aggregate(
            net=Sum("amount_minor") - Sum("reversed_minor")
        )
        doubts = Doubt.objects.filter(brand=brand, outcome="", holds=True).exclude(refund=None)
        return earned["net"] or 0, {named(one) for one in doubts.select_related("refund")}

    @precondition(lambda self: not self.unheard and not self.is_settled)
    @rule()
    def a_month_is_settled(self) -> None:
        """Nothing is paid on a doubt."""
        for brand in self.brands:
            settle_period(brand=brand, period="2026-03", at=HEARD)
            prove(brand)
        assert statements(self.brand) == statements(self.other)
        assert not self.sale.doubts() or statements(self.brand) == []
        self.is_settled = True

    @precondition(lambda self: not self.unheard and self.sale.doubts())
    @rule(which=st.integers(0, 99))
    def staff_dismiss_a_doubt(self, which: int) -> None:
        key = sorted(self.sale.doubts())[which % len(self.sale.doubts())]
        for brand in self.brands:
            run_due(brand=brand, at=HEARD)
            open_doubts = Doubt.objects.filter(brand=brand, outcome="", holds=True).select_related("refund")
            doubt = next(one for one in open_doubts if named(one) == key)
            dismiss_doubt(doubt=doubt, reason="a slip of the shop", by=self.staff[brand], at=HEARD)
        self.sale.dismissed.add(key)

    @invariant()
    def the_ledger_proves(self) -> None:
        """Not after every step, but when both have heard all: that is when money moved."""
        LifeOfRefunds.steps += 1


def of_shop(shop: str, event: Event) -> Event:
    return event | {"data": event["data"] | {"shop": shop}}


def named(doubt: Doubt) -> str:
    assert doubt.refund
    return {"refund": doubt.refund.key, "undone": f"undone {doubt.refund.key}", "cancellation": "cancelled"}[
        doubt.refund.kind
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("runs", [78, pytest.param(180, marks=pytest.mark.heavy)])
def test_no_order_of_arrival_matters_and_no_doubt_pays_out(runs: int) -> None:
    LifeOfRefunds.steps = 0
    run_state_machine(LifeOfRefunds, runs=runs, steps=40)
    assert LifeOfRefunds.steps >= 2_000
