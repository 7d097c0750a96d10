"""Services of money in a process that is killed at a chosen statement, and the worker that runs them.

`python -m tests.races.crashing` reads a line of JSON for each run: which service, and at which moment the process is gone (COMMIT and COPY are statements
too). It never opens a connection of its own: each run is a fork of it, so that a run costs no start of Python.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if not apps.ready:
    django.setup()

import psycopg
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import Atomic

from accounts.models import Brand, Koc
from commissions.models import Campaign, Commission
from commissions.services import answers, approvals, changes, settlement
from commissions.services.clock import answer_facts
from commissions.services.events import import_events, receive_event
from commissions.services.reopening import reopen_period
from commissions.services.reviews import hold_commissions, release_commissions, reverse_commissions
from commissions.services.withdrawals import request_withdrawal
from referrals.models import Acquaintance, Visit
from tests.factories import NOW, make_brand, make_customer, make_kit, make_koc, make_plan, make_product, make_share
from tests.shop import Event, cancelled, delivered, paid, refunded, report, send

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MATURED, SETTLED, LATER = NOW + 20 * DAY, NOW + 35 * DAY, NOW + 40 * DAY


class FaultPoint:
    """Counts the moments of a run: its start, and behind each statement that may have changed something. At the one that was chosen the process is killed,
    after saying what would have come next. Between two statements that only read nothing has changed: one moment stands for both.
    """

    def __init__(self, moment: int, say: Callable[[str], None]) -> None:
        self.left, self.say = moment, say
        self.has_changed = True

    def reach(self, statement: str) -> None:
        if self.has_changed:
            if self.left == 0:
                self.say(" ".join(statement.split())[:200])
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
        self.has_changed = not statement.lstrip().startswith(("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT"))

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.reach(str(sql))
        return execute(sql, params, many, context)

    @contextmanager
    def set(self) -> Iterator[None]:
        """COMMIT and COPY pass Django's own wrapper by."""
        real_commit, real_copy = connection.commit, psycopg.Cursor.copy

        def commit() -> None:
            self.reach("COMMIT")
            real_commit()

        def copy(cursor: Any, statement: Any, *args: Any, **options: Any) -> Any:
            self.reach(statement.as_string(cursor))
            return real_copy(cursor, statement, *args, **options)

        with connection.execute_wrapper(self), patch.object(connection, "commit", commit), patch.object(psycopg.Cursor, "copy", copy):
            yield


def take_transactions_away() -> None:
    """The negative control: every statement stands by itself. A row lock needs a transaction, and so does a table that is dropped at its end."""
    Atomic.__enter__ = lambda self: None  # type: ignore[method-assign]
    Atomic.__exit__ = lambda self, *error: None  # type: ignore[method-assign]
    QuerySet.select_for_update = lambda self, *args, **options: self  # type: ignore[method-assign]
    for name in ("COLLECT_DUE", "COLLECT_OWED"):
        setattr(settlement, name, getattr(settlement, name).replace("ON COMMIT DROP", ""))


class Service(NamedTuple):
    """What stands before, and the call that is killed. The same call is what the next worker, or the same person, would do again."""

    prepare: Callable[[Brand], object]
    run: Callable[[Brand], object]


def make_shop() -> Brand:
    """Two levels, credit that is shared, campaigns of all kinds, tax, and money on request."""
    policy = {"paid_levels": 2, "level2_acknowledged_by": "Ann", "level2_acknowledged_at": NOW, "min_payout_minor": 1, "withdrawals": True}
    brand = make_brand("crash", policy=policy | {"tax": "cn_labour_service"}, credit={"attribution": "linear"})
    make_product(brand)
    make_product(brand, "S2")
    make_plan(brand, rules=[{"rate_bps": 1250, "override_bps": 300}, {"priority": 1, "skus": ["S2"], "fixed_minor": 250, "override_bps": 100}])
    low, other = make_koc(brand, "low", sponsor=make_koc(brand, "top")), make_koc(brand, "other")
    shares = [make_share(koc, make_kit(brand), key=koc.key) for koc in (low, other)]
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
    return brand


def sales() -> list[Event]:
    """One is shared between two KOCs, one is of a guest, one of a new customer."""
    return [
        paid("A-1", ("1", "S1", 1, 9900), ("2", "S2", 2, 3000), customer={"id": "both"}),
        paid("A-2", ("1", "S1", 1, 8000), share="low", at=NOW + HOUR),
        paid("A-3", ("1", "S1", 2, 7000), ("2", "S2", 1, 4000), share="other", customer={"id": "new"}, at=NOW + 2 * HOUR),
        paid("A-4", ("1", "S1", 1, 6000), share="low", at=NOW + 3 * HOUR),
    ]


def deliveries() -> list[Event]:
    return [delivered(f"A-{number}", NOW + number * DAY) for number in (1, 2, 3, 4)]


def troubles() -> list[Event]:
    """A refund and a cancellation after the month's end, an order that grew, a refund of the month that was heard late."""
    grown = paid("A-3", ("1", "S1", 3, 7000), ("3", "S2", 2, 4000), share="other", customer={"id": "new"}, at=NOW + 2 * HOUR)
    return [
        refunded("A-1", "R-1", NOW + 33 * DAY, l1=4000, l2=1000),
        cancelled("A-2", NOW + 34 * DAY),
        grown | {"timestamp": (NOW + 34 * DAY).isoformat()},
        refunded("A-4", "R-1", NOW + 2 * DAY, l1=1500),
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
    return list(Commission.objects.filter(brand=brand, line__order__key__in=["A-1", "A-2"]).values_list("pk", flat=True))


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
    import_events(brand=brand, lines=[json.dumps(event) + "\n" for event in (*sales(), *deliveries(), *troubles())], name="events.jsonl", at=LATER)


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


SERVICES = {
    "answers": Service(told(*sales()), lambda brand: answers.answer_orders(brand=brand, at=NOW)),
    "changes": Service(then(settled, told(*troubles())), lambda brand: changes.apply_changes(brand=brand, at=LATER)),
    "changes_before_settlement": Service(then(matured, told(*troubles())), lambda brand: changes.apply_changes(brand=brand, at=LATER)),
    "approvals": Service(
        then(told(*sales(), *deliveries()), lambda brand: answer_facts(brand=brand, at=NOW)), lambda brand: approvals.approve_matured(brand=brand, at=MATURED)
    ),
    "settlement": Service(answered(matured), settle_march),
    "settlement_of_what_was_not_answered": Service(told(sales()[3], deliveries()[3], troubles()[3]), settle_march),
    "settlement_with_a_debt": Service(answered(settled), lambda brand: settlement.settle_period(brand=brand, period="2026-04", at=NOW + 65 * DAY)),
    "withdrawal": Service(
        answered(matured),
        lambda brand: request_withdrawal(koc=Koc.objects.select_related("brand").get(brand=brand, key="other"), amount_minor=None, at=SETTLED),
    ),
    "reopening": Service(answered(settled), reopen_march),
    "hold": Service(matured, hold),
    "release": Service(then(matured, hold), release),
    "reversal": Service(then(matured, hold), reverse),
    "reversal_of_what_was_settled": Service(settled, reverse),
    "events_over_http": Service(lambda brand: None, told_over_http),
    "events_by_file": Service(lambda brand: None, told_by_file),
}


def run(service: str) -> None:
    """To its end, in batches so small that there are several."""
    brand = Brand.objects.get(slug="crash")
    with patch.object(answers, "BATCH", 3), patch.object(approvals, "BATCH", 3), patch.object(changes, "BATCH", 3):
        SERVICES[service].run(brand)


def run_until_killed(order: dict[str, Any], say: Callable[[str], None]) -> None:
    if order["unguarded"]:
        take_transactions_away()
    connection.ensure_connection()
    with FaultPoint(order["moment"], say).set():
        run(order["service"])


def fork(order: dict[str, Any]) -> dict[str, Any]:
    """Run a service in a process of its own; says before which statement it was killed, if it was."""
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            run_until_killed(order, lambda text: (os.write(told, text.encode()), None)[1])
        except BaseException:  # noqa: BLE001  what a fork raises goes no further
            os.write(told, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    os.close(told)
    with os.fdopen(heard) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "text": text}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(fork(json.loads(line))), flush=True)
