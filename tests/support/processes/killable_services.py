"""Every service that writes money: what stands before it, and the call that a test kills and repeats."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

from accounts.access.services.idempotency import answer_once
from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services import approvals, crediting, order_changes
from commissions.earnings.services.facts import credit_facts
from commissions.earnings.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.orders.services.events import import_events, receive_event
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payout_results import record_results
from commissions.payouts.services.payouts import approve_batch, cancel_batch, make_batch, remove_line
from commissions.payouts.services.reopening import reopen_period
from commissions.plans.models.campaigns import Campaign
from commissions.settlement.models.write_offs import WriteOff
from commissions.settlement.services import settlement
from commissions.settlement.services.withdrawals import request_withdrawal
from commissions.settlement.services.write_offs import approve_write_off, ask_write_off
from commissions.subsidies.models import Subsidy
from commissions.subsidies.services import subsidies
from commissions.subsidies.services.subsidies import allocate, end_subsidy, expire_subsidies, grant_subsidy
from referrals.attribution.models import Acquaintance
from referrals.visits.models import Visit
from tests.support import payout_files, payouts
from tests.support.factories import (
    NOW,
    TWO_LEVELS,
    make_brand_with_plan,
    make_customer,
    make_koc,
    make_product,
    make_share,
)
from tests.support.shop_events import Event, cancelled, delivered, paid, refunded, report, send

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MATURED, SETTLED, LATER = NOW + 20 * DAY, NOW + 35 * DAY, NOW + 40 * DAY


class Service(NamedTuple):
    """What stands before, and the call that is killed. The same call is what the next worker, or the same person, would
    do again."""

    prepare: Callable[[Brand], object]
    run: Callable[[Brand], object]
    is_one_statement: bool = False
    """It writes once: a transaction adds nothing."""


def make_shop() -> Brand:
    """Two levels, credit that is shared, campaigns of all kinds, tax, money on request, and two people who pay."""
    policy = TWO_LEVELS | {"min_payout_minor": 1, "withdrawals": True}
    brand = make_brand_with_plan(
        "crash",
        policy=policy | {"tax": "cn_labour_service"},
        credit={"attribution": "linear"},
        rules=[
            {"rate_bps": 1250, "override_bps": 300},
            {"priority": 1, "skus": ["S2"], "fixed_minor": 250, "override_bps": 100},
        ],
    )
    make_product(brand, "S2")
    low, other = make_koc(brand, "low", sponsor=make_koc(brand, "top")), make_koc(brand, "other")
    shares = [make_share(koc, key=koc.key) for koc in (low, other)]
    Acquaintance.objects.create(customer=make_customer(brand, "both"), visitor="v")
    for share in shares:
        Visit.objects.create(share=share, visitor="v", visited_at=NOW - HOUR)
    bonuses: list[dict[str, Any]] = [
        {"kind": "bounty", "fixed_minor": 90, "skus": ["S2"]},
        {"kind": "new_customer", "fixed_minor": 300},
        {"kind": "steps", "steps": [[0, 100], [9000, 300]]},
    ]
    for bonus in bonuses:
        Campaign.objects.create(brand=brand, key=bonus["kind"], starts_at=NOW - DAY, budget_minor=400, **bonus)
    for person in (payouts.maker_of, payouts.checker_of):
        person(brand)
    return brand


def sales() -> list[Event]:
    """One is shared between two KOCs, one is of a guest, one of a new customer, one of another shop."""
    return [
        paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 2, 3000), customer={"id": "both"}),
        paid("A-2", ("1", "S1", 1, 8000), share="low", at=NOW + HOUR),
        paid(
            "A-3", ("1", "S1", 2, 7000), ("2", "S2", 1, 4000), share="other", customer={"id": "new"}, at=NOW + 2 * HOUR
        ),
        paid("A-4", ("1", "S1", 1, 6000), share="low", at=NOW + 3 * HOUR),
        paid("A-1", ("1", "S1", 1, 5000), share="other", at=NOW + 3 * HOUR, shop="tmall"),
    ]


def deliveries() -> list[Event]:
    return [delivered(f"A-{number}", NOW + number * DAY) for number in (1, 2, 3, 4)] + [of_tmall(delivered("A-1", NOW))]


def of_tmall(event: Event) -> Event:
    return event | {"data": event["data"] | {"shop": "tmall"}}


def gaps() -> list[Event]:
    """The buyers of two orders are named later: one came by two KOCs, of the other something was given back."""
    later = (NOW + 4 * HOUR).isoformat()
    named: list[Event] = [
        paid("A-2", ("1", "S1", 1, 8000), share="low", at=NOW + HOUR, customer={"id": "both"}),
        paid("A-4", ("1", "S1", 1, 6000), share="low", at=NOW + 3 * HOUR, customer={"id": "late"}),
    ]
    return [event | {"timestamp": later} for event in named]


def troubles() -> list[Event]:
    """A refund and a cancellation after the month's end, an order that grew, a refund of the month that was heard
    late."""
    grown = paid(
        "A-3", ("1", "S1", 3, 7000), ("3", "S2", 2, 4000), share="other", customer={"id": "new"}, at=NOW + 2 * HOUR
    )
    return [
        refunded("A-1", "R-1", NOW + 33 * DAY, l1=4000, l2=1000),
        cancelled("A-2", NOW + 34 * DAY),
        grown | {"timestamp": (NOW + 34 * DAY).isoformat()},
        refunded("A-4", "R-1", NOW + 2 * DAY, l1=1500),
        of_tmall(refunded("A-1", "R-1", NOW + 33 * DAY, l1=2500)),
    ]


def matured(brand: Brand) -> None:
    report(brand, *sales(), *deliveries(), at=MATURED)


def settle_march(brand: Brand) -> None:
    settlement.settle_period(brand=brand, period="2026-03", at=SETTLED)


def settled(brand: Brand) -> None:
    matured(brand)
    settle_march(brand)


def reopen_march(brand: Brand) -> None:
    reopen_period(brand=brand, period="2026-03", because="a wrong hold", by=None, at=LATER)


def chosen(brand: Brand) -> list[int]:
    return list(
        Commission.objects.filter(brand=brand, line__order__key__in=["A-1", "A-2"]).values_list("pk", flat=True)
    )


def hold(brand: Brand) -> None:
    hold_commissions(brand=brand, commissions=chosen(brand), reason="fraud", by=None, at=LATER)


def release(brand: Brand) -> None:
    release_commissions(brand=brand, commissions=chosen(brand), by=None, at=LATER)


def reverse(brand: Brand) -> None:
    reverse_commissions(brand=brand, commissions=chosen(brand), reason="fraud", by=None, at=LATER)


def told_over_http(brand: Brand) -> None:
    """Event after event, as the shop sends them; one that got no answer is sent again with all the others."""
    for number, event in enumerate([sales()[2], deliveries()[2], *troubles()[1:3]]):
        receive_event(brand=brand, webhook_id=f"msg_{number}", body=json.dumps(event).encode(), at=LATER)


def told_by_file(brand: Brand) -> None:
    import_events(
        brand=brand,
        lines=[json.dumps(event) + "\n" for event in (*sales(), *deliveries(), *troubles())],
        name="events.jsonl",
        at=LATER,
    )


def told(*events: Event) -> Callable[[Brand], None]:
    return lambda brand: (send(brand, *events), None)[1]


def then(*steps: Callable[[Brand], object]) -> Callable[[Brand], None]:
    def run(brand: Brand) -> None:
        for step in steps:
            step(brand)

    return run


def answered(before: Callable[[Brand], object]) -> Callable[[Brand], None]:
    """All troubles have been heard and answered."""
    return then(before, lambda brand: report(brand, *troubles(), at=LATER))


def with_payees(brand: Brand) -> None:
    for number, koc in enumerate(Koc.objects.filter(brand=brand).order_by("pk")):
        payouts.give_payee(koc, account=f"62220200000000{number:02}")


def draft(brand: Brand) -> None:
    make_batch(brand=brand, made_by=payouts.maker_of(brand), at=LATER)


def batch_of(brand: Brand) -> PayoutBatch:
    return PayoutBatch.objects.select_related("brand").get(brand=brand)


def take_a_line_out(brand: Brand) -> None:
    remove_line(line=PayoutLine.objects.get(batch__brand=brand, position=2), by=payouts.maker_of(brand), at=LATER)


def approve(brand: Brand) -> None:
    approve_batch(batch=batch_of(brand), by=payouts.checker_of(brand), at=LATER)


def cancel(brand: Brand) -> None:
    cancel_batch(batch=batch_of(brand), by=payouts.maker_of(brand), at=LATER)


def export(brand: Brand) -> None:
    """Who finds it exported leaves it so: looking at its file again is another reading of the payees, and noted as
    such."""
    if batch_of(brand).status == PayoutBatch.Status.APPROVED:
        payouts.export(batch_of(brand), at=LATER)


def load_results(brand: Brand) -> None:
    """In pieces, the second of which closes the batch; then the bank gives back what it paid, and what it said of nobody
    before."""
    first, second, third = (
        PayoutLine.objects.filter(batch__brand=brand).order_by("position").values_list("reference", flat=True)
    )
    for name, results in (
        ("one.csv", {first: "paid", second: "failed"}),
        ("two.csv", {second: "failed", third: "returned"}),
        ("three.csv", {first: "returned", third: "paid"}),
    ):
        rows = payout_files.results_file(
            [{"reference": reference, "status": status} for reference, status in results.items()]
        )
        record_results(brand=brand, lines=rows, name=name, at=LATER)


def of_top(brand: Brand) -> Koc:
    return Koc.objects.get(brand=brand, key="top")


def shared_by_top(brand: Brand) -> None:
    make_share(of_top(brand), key="top")
    payouts.give_payee(of_top(brand))


def grant(brand: Brand, key: str = "form") -> None:
    asked: dict[str, Any] = {
        "own_minor": 700,
        "hand_on_minor": 900,
        "may_pass_on": True,
        "expires_at": NOW + 30 * DAY,
        "note": "",
    }
    grant_subsidy(brand=brand, koc=of_top(brand), **asked, by=payouts.maker_of(brand), at=NOW, key=key)


def granted(brand: Brand) -> None:
    shared_by_top(brand)
    grant(brand)


def hand_on(*, as_right: bool) -> Callable[[Brand], None]:
    """As the API does it: a request that got no answer is sent again under its key."""

    def run(brand: Brand) -> None:
        subsidy, to = (
            Subsidy.objects.select_related("brand").get(brand=brand, parent=None),
            Koc.objects.get(brand=brand, key="low"),
        )

        def answer() -> tuple[int, str]:
            allocate(subsidy=subsidy, to=to, amount_minor=300, note="", as_right=as_right, at=NOW + DAY)
            return 201, ""

        user = of_top(brand).user
        assert user
        answer_once(user=user, key="tap", request_digest="", at=NOW + DAY, answer=answer)

    return run


def end_it(brand: Brand) -> None:
    end_subsidy(
        subsidy=Subsidy.objects.select_related("brand").get(brand=brand), by=payouts.maker_of(brand), at=NOW + DAY
    )


def ask(brand: Brand) -> None:
    ask_write_off(
        koc=Koc.objects.select_related("brand").get(brand=brand, key="low"),
        amount_minor=200,
        reason="补偿",
        by=payouts.maker_of(brand),
        at=LATER,
    )


def forgive(brand: Brand) -> None:
    approve_write_off(
        write_off=WriteOff.objects.select_related("brand").get(brand=brand), by=payouts.checker_of(brand), at=LATER
    )


def settle_april(brand: Brand) -> None:
    settlement.settle_period(brand=brand, period="2026-04", at=NOW + 65 * DAY)


SERVICES = {
    "answers": Service(told(*sales()), lambda brand: crediting.credit_orders(brand=brand, at=NOW)),
    "answers_anew": Service(
        then(told(*sales(), troubles()[3]), lambda brand: credit_facts(brand=brand, at=NOW + 3 * DAY), told(*gaps())),
        lambda brand: crediting.credit_orders(brand=brand, at=NOW + 3 * DAY),
    ),
    "changes": Service(
        then(settled, told(*troubles())), lambda brand: order_changes.apply_changes(brand=brand, at=LATER)
    ),
    "changes_before_settlement": Service(
        then(matured, told(*troubles())), lambda brand: order_changes.apply_changes(brand=brand, at=LATER)
    ),
    "approvals": Service(
        then(told(*sales(), *deliveries()), lambda brand: credit_facts(brand=brand, at=NOW)),
        lambda brand: approvals.approve_matured(brand=brand, at=MATURED),
    ),
    "settlement": Service(answered(matured), settle_march),
    "settlement_of_what_was_not_answered": Service(told(sales()[3], deliveries()[3], troubles()[3]), settle_march),
    "settlement_with_a_debt": Service(answered(settled), settle_april),
    "withdrawal": Service(
        answered(matured),
        lambda brand: request_withdrawal(
            koc=Koc.objects.select_related("brand").get(brand=brand, key="other"), amount_minor=None, at=SETTLED
        ),
    ),
    "reopening": Service(answered(settled), reopen_march),
    "hold": Service(matured, hold),
    "release": Service(then(matured, hold), release),
    "reversal": Service(then(matured, hold), reverse),
    "reversal_of_what_was_settled": Service(settled, reverse),
    "events_over_http": Service(lambda brand: None, told_over_http),
    "events_by_file": Service(lambda brand: None, told_by_file),
    "batch": Service(then(settled, with_payees), draft),
    "line_out_of_a_batch": Service(then(settled, with_payees, draft), take_a_line_out),
    "batch_cancelled": Service(then(settled, with_payees, draft, approve), cancel),
    "batch_approved": Service(then(settled, with_payees, draft), approve, is_one_statement=True),
    "batch_exported": Service(then(settled, with_payees, draft, approve), export),
    "results": Service(then(settled, with_payees, draft, approve, export), load_results),
    "grant": Service(shared_by_top, grant),
    "allocation": Service(granted, hand_on(as_right=False)),
    "passing": Service(granted, hand_on(as_right=True)),
    "expiry": Service(
        then(granted, lambda brand: grant(brand, "another"), lambda brand: grant(brand, "third")),
        lambda brand: expire_subsidies(brand=brand, at=LATER),
    ),
    "subsidy_ended": Service(granted, end_it),
    "write_off_asked": Service(answered(settled), ask, is_one_statement=True),
    "write_off_approved": Service(then(answered(settled), ask), forgive),
    "settlement_of_what_was_granted_and_forgiven": Service(
        then(answered(settled), ask, forgive, granted, hand_on(as_right=False)), settle_april
    ),
}


def run(service: str) -> None:
    """To its end, in batches so small that there are several."""
    brand = Brand.objects.get(slug="crash")
    with (
        patch.object(crediting, "BATCH", 3),
        patch.object(approvals, "BATCH", 3),
        patch.object(order_changes, "BATCH", 3),
        patch.object(subsidies, "BATCH", 2),
    ):
        SERVICES[service].run(brand)
