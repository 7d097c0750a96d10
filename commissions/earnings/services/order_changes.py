"""What happens to an order after it was credited: refunds and amendments change what it earned, at every level, with
the frozen terms."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from accounts.failures.models import FailedFact
from accounts.failures.services import Fact, process_isolated
from commissions.earnings.models.commissions import Reversal
from commissions.earnings.selectors.crediting import lines_to_credit
from commissions.earnings.selectors.order_changes import (
    EarnedOnLine,
    OrderChange,
    OrderHistory,
    SoldLineState,
    changes_to_apply,
    histories,
    standings_of,
)
from commissions.earnings.services.accruals import Accrual, accrue
from commissions.earnings.services.holds import hold_doubted, hold_unreadable, orders_newly_doubted
from commissions.earnings.services.line_terms import CommissionRun, Decisions, reserve
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, lock_book, post
from commissions.orders.services.doubts import Judged, keep_judgements
from commissions.orders.services.marks import mark_applied, mark_refunded, unmark_matured
from commissions.plans.models.policies import PayPolicy
from foundation.postgres.bulk import copy_in, reserve_ids
from foundation.postgres.transactions import in_own_transaction

BATCH = 1_000

# A commission of which nothing is left is reversed, unless it is on a statement: there it goes on as a debt.
# One that is held stays so until somebody decides.
TAKE_BACK = """
UPDATE commissions_commission earned SET reversed_minor = reversed_minor + taken.amount,
    status = CASE
        WHEN reversed_minor + taken.amount = amount_minor AND status IN ('pending', 'approved') THEN 'reversed'
        WHEN reversed_minor + taken.amount < amount_minor AND status = 'reversed' THEN CASE WHEN approved_at IS NULL THEN 'pending' ELSE 'approved' END
        ELSE status END
FROM (SELECT id, sum(amount)::bigint AS amount FROM unnest(%s::bigint[], %s::bigint[]) AS change(id, amount) GROUP BY id) AS taken
WHERE earned.id = taken.id
"""
MADE_BY = """
UPDATE commissions_commission earned SET version_id = version.id, left_minor = made.left_minor
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[]) AS made(id, sale, reported_at, left_minor)
LEFT JOIN commissions_orderversion version ON version.order_id = made.sale AND version.reported_at = made.reported_at WHERE earned.id = made.id
"""
NEVER_APPROVED = """
WITH emptied AS (
    UPDATE commissions_commission SET approved_at = NULL WHERE id = ANY(%s) AND status = 'reversed' AND statement_id IS NULL RETURNING id, line_id
)
INSERT INTO commissions_approvalwithdrawal (commission_id, delivery_id, amount_minor, withdrawn_at)
SELECT emptied.id, latest.id, 0, %s
FROM emptied JOIN commissions_orderline line ON line.id = emptied.line_id JOIN commissions_order sale ON sale.id = line.order_id
CROSS JOIN LATERAL (
    SELECT id FROM commissions_delivery
    WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND refusal = '' AND (lines = '{}' OR line.key = ANY(lines))
    ORDER BY hold_ends_at DESC, id DESC LIMIT 1
) AS latest
"""


class CommissionChange(NamedTuple):
    """By how much something lowers a commission; negative when it raises it. One of `refund`, `version` and `review` is
    the cause."""

    happened_at: datetime
    earned: EarnedOnLine
    amount_minor: int
    refund: int | None = None
    version: int | None = None
    review: int | None = None


def apply_changes(*, brand: Brand, at: datetime) -> int:
    """Apply every waiting refund and amendment whose order was credited; returns how many were looked at.

    Afterwards each commission is exactly what its line's frozen terms give for what is left of the base. Every fact
    judges all refunds of its order anew: one that does not fit is a doubt, which holds what the order earned, and ends when
    it fits. A fact that raises is set aside. Each batch is a transaction under the brand's book."""
    applied = 0
    while (done := _apply_batch(brand, at=at)) is not None:
        applied += done
    return applied


def apply_changes_of(orders: list[int], *, brand: Brand, policy: PayPolicy, at: datetime) -> None:
    """The same for some orders alone, in the transaction of a caller who holds the book."""
    while _apply_next(brand, policy, at=at, orders=orders) is not None:
        pass


@in_own_transaction
def _apply_batch(brand: Brand, *, at: datetime) -> int | None:
    return _apply_next(brand, lock_book(brand), at=at)


def _apply_next(brand: Brand, policy: PayPolicy, *, at: datetime, orders: list[int] | None = None) -> int | None:
    """Apply the next changes; returns how many were, or None when none is left."""
    facts = changes_to_apply(brand, most=BATCH, at=at, orders=orders)
    if not facts:
        doubted = orders_newly_doubted(brand, orders=orders)
        hold_doubted(brand, doubted, at=at)
        return len(doubted) or None
    counts = process_isolated(
        facts, lambda part: _apply(brand, policy, part, at=at), fact_of=_number, brand=brand, at=at
    )
    return sum(counts)


def _number(fact: OrderChange) -> Fact:
    kind = FailedFact.Kind.REFUND if fact.refund else FailedFact.Kind.AMENDMENT
    return kind, fact.refund or fact.version or 0


def _apply(brand: Brand, policy: PayPolicy, facts: Sequence[OrderChange], *, at: datetime) -> int:
    amended = list(dict.fromkeys(fact.order for fact in facts if fact.version))
    _find_terms(brand, policy, amended)
    found = histories({fact.order for fact in facts})
    changes = [change for fact in facts for change in changes_of(fact, found[fact.order])]
    refusals = {refund: why for history in found.values() for refund, why in history.refusals().items()}
    mark_applied(
        refunds={fact.refund: refusals[fact.refund] for fact in facts if fact.refund},
        versions=[fact.version for fact in facts if fact.version],
    )
    keep_judgements(brand, _judged(found, refusals), at=at)
    write_changes(brand, changes, at=at)
    states = {order: history.states() for order, history in found.items()}
    mark_refunded({state.id: state.refunded_minor for lines in states.values() for state in lines.values()})
    made = _make_missing(brand, states, at=at)
    raised = {change.earned.id for change in changes if change.amount_minor < 0}
    unmark_matured({fact.order for fact in facts if fact.version} | _orders_of(raised, states) | made)
    _unapprove([fact for fact in facts if not fact.refund or not refusals[fact.refund]], found, at=at)
    hold_unreadable(brand, list(made), at=at)
    hold_doubted(brand, list(found), at=at)
    return len(facts)


def _judged(found: Mapping[int, OrderHistory], refusals: Mapping[int, str]) -> list[Judged]:
    """What is said now of each refund of some orders."""
    return [
        Judged(kept.told.id, history.shop, history.key, kept.event, refusals[kept.told.id], kept.told.amount_minor)
        for history in found.values()
        for kept in history.refunds
        if kept.told.id in refusals and not kept.told.is_dismissed
    ]


def _find_terms(brand: Brand, policy: PayPolicy, amended: Sequence[int]) -> None:
    """Give lines that an amendment added terms: those of the plan that was in force when the order was paid."""
    if standings := standings_of(amended):
        run = CommissionRun(brand, policy, Decisions(brand))
        for _, lines in groupby(lines_to_credit(standings, added=True), key=lambda line: line.standing.order):
            run.add_order(list(lines), is_whole=False)
        run.write_terms()


def changes_of(fact: OrderChange, history: OrderHistory) -> list[CommissionChange]:
    """Let a fact happen to its order; what that does to each of its commissions."""
    history.take(fact)
    worths = history.worths()
    changes = []
    for earned in (earned for line in history.lines.values() for earned in line.earned):
        if worths[earned.id] != earned.net_minor:
            taken = earned.net_minor - worths[earned.id]
            changes.append(CommissionChange(fact.happened_at, earned, taken, fact.refund, fact.version))
            earned.net_minor = worths[earned.id]
    return changes


def _make_missing(brand: Brand, states: Mapping[int, Mapping[str, SoldLineState]], *, at: datetime) -> set[int]:
    """Commissions for what came to nothing before, or was not there, and is worth something now; returns the orders
    that have new ones.

    An amendment may add a line; a refund may give a part the unit that rounding under the total cap took from it. Keeps
    of what each was computed."""
    missing = [
        (order, state, *part) for order, lines in states.items() for state in lines.values() for part in state.unmade()
    ]
    if not missing:
        return set()
    earned = [
        Accrual(state.id, level, credit.koc if level == 1 else credit.sponsor or 0, amount, credit.id)
        for _, state, level, credit, amount in missing
    ]
    made = accrue(brand=brand, earned=earned, at=at)
    with connection.cursor() as cursor:
        orders, states_then = [order for order, *_ in missing], [state for _, state, *_ in missing]
        cursor.execute(
            MADE_BY, [made, orders, [state.as_of for state in states_then], [state.left_minor for state in states_then]]
        )
    return set(orders)


def _orders_of(commissions: set[int], states: Mapping[int, Mapping[str, SoldLineState]]) -> set[int]:
    return {
        order
        for order, lines in states.items()
        if any(earned.id in commissions for state in lines.values() for earned in state.earned)
    }


def _unapprove(facts: Sequence[OrderChange], found: Mapping[int, OrderHistory], *, at: datetime) -> None:
    """A change that happened within the hold may be applied when its commission is approved already: if it left nothing,
    the commission was never approved. Its approval is withdrawn, with nothing to move back: a later edit may make it worth
    something again, and then it is approved anew.

    A level 2 of which some base is left keeps its approval: it may yet get a unit back, and a commission is approved
    once."""
    empty = {
        (fact.order, key, earned.id): earned.approved_at
        for fact in facts
        for key, state in found[fact.order].states().items()
        for earned in state.earned
        if earned.wallet_kind == Wallet.Kind.APPROVED
        and not earned.net_minor
        and (earned.level == 1 or not state.left_minor)
        if earned.approved_at and fact.happened_at < earned.approved_at
    }
    never = [pk for (order, key, pk), moment in empty.items() if not found[order].states(moment)[key].worths()[pk]]
    if never:
        with connection.cursor() as cursor:
            cursor.execute(NEVER_APPROVED, [never, at])


def write_changes(brand: Brand, changes: Sequence[CommissionChange], *, at: datetime) -> None:
    """Book what was taken from commissions, or given: a `Reversal` and its transfer each, and what campaigns get back.
    The caller holds the book."""
    if not changes:
        return
    ids = reserve_ids(Reversal, len(changes))
    rows = (
        (
            pk,
            change.earned.id,
            change.refund,
            change.version,
            change.review,
            change.amount_minor,
            change.happened_at,
            at,
        )
        for pk, change in zip(ids, changes, strict=True)
    )
    copy_in(
        Reversal,
        ["id", "commission_id", "refund_id", "version_id", "review_id", "amount_minor", "happened_at", "booked_at"],
        rows,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE_BACK, [[change.earned.id for change in changes], [change.amount_minor for change in changes]]
        )
    released: defaultdict[int, int] = defaultdict(int)
    for change in changes:
        released[change.earned.campaign or 0] += change.amount_minor
    for campaign, amount in released.items():
        if campaign and amount:
            reserve(campaign, -amount)
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.COMMISSIONS)
    for kind in {change.earned.wallet_kind for change in changes}:
        wallets.open({change.earned.koc for change in changes if change.earned.wallet_kind == kind}, kind)
    cost = wallets[None, Wallet.Kind.COMMISSIONS]
    post(
        [
            _new_transfer(pk, change, wallets[change.earned.koc, change.earned.wallet_kind], cost)
            for pk, change in zip(ids, changes, strict=True)
        ],
        at=at,
    )


def _new_transfer(pk: int, change: CommissionChange, wallet: int, cost: int) -> NewTransfer:
    source, target = (wallet, cost) if change.amount_minor > 0 else (cost, wallet)
    return NewTransfer(source, target, abs(change.amount_minor), Transfer.Reason.REVERSAL.value, pk)
