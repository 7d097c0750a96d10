"""Refunds take commissions back: every level, in proportion, with the frozen terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import Brand
from accounts.services.bulk import copy_in, reserve_ids
from commissions.models import Refund, Reversal, Transfer, Wallet
from commissions.selectors.refunds import EarnedOnLine, RefundToApply, SoldLineState, line_states, refunds_to_apply
from commissions.services.ledger import Movement, Wallets, book, lock_book

BATCH = 1_000

# A commission of which nothing is left is reversed, unless it is on a statement: there its story goes on as a debt.
TAKE_BACK = """
UPDATE commissions_commission earned SET reversed_minor = reversed_minor + taken.amount,
    status = CASE
        WHEN reversed_minor + taken.amount = amount_minor AND status IN ('pending', 'approved', 'held') THEN 'reversed'
        WHEN reversed_minor + taken.amount < amount_minor AND status = 'reversed' THEN CASE WHEN approved_at IS NULL THEN 'pending' ELSE 'approved' END
        ELSE status END
FROM (SELECT id, sum(amount)::bigint AS amount FROM unnest(%s::bigint[], %s::bigint[]) AS change(id, amount) GROUP BY id) AS taken
WHERE earned.id = taken.id
"""
# A unit came back to life after the hold: the approval has to look at its order once more.
LOOK_AGAIN = """
UPDATE commissions_delivery delivery SET matured = false FROM commissions_order sale
WHERE sale.id = ANY(%s) AND delivery.brand_id = sale.brand_id AND delivery.order_key = sale.key AND delivery.matured
"""
NEVER_APPROVED = "UPDATE commissions_commission SET approved_at = NULL WHERE id = ANY(%s) AND status = 'reversed' AND statement_id IS NULL"


class Change(NamedTuple):
    """By how much a refund lowers a commission. Rounding under the guard can raise a level 2 by a unit: then it is negative."""

    refund: RefundToApply
    earned: EarnedOnLine
    amount_minor: int
    wallet_kind: str


def apply_refunds(*, brand: Brand, at: datetime) -> int:
    """Apply every waiting refund whose order was answered; returns how many were looked at.

    Afterwards each commission is exactly what its line's frozen terms give for what is left of the base. A refund that was early and turns
    out to name no line of its order, or to give back more than was paid, is marked refused. Each batch is a transaction under the brand's book.
    """
    applied = 0
    while done := _apply_batch(brand, at=at):
        applied += done
    return applied


@transaction.atomic
def _apply_batch(brand: Brand, *, at: datetime) -> int:
    lock_book(brand)
    refunds = refunds_to_apply(brand, most=BATCH)
    if refunds:
        states = line_states(dict.fromkeys(refund.order for refund in refunds))
        changes: list[Change] = []
        refusals: dict[int, str] = {}
        for refund in refunds:
            if refusal := _refusal(refund, states[refund.order]):
                refusals[refund.id] = refusal
            else:
                changes += _changes(refund, states[refund.order])
        _mark(refunds, refusals)
        _write(brand, changes, at=at)
        _unapprove([refund for refund in refunds if refund.id not in refusals], states)
    return len(refunds)


def _refusal(refund: RefundToApply, lines: dict[str, SoldLineState]) -> str:
    for key, amount in (refund.lines or {}).items():
        if key not in lines:
            return f"the order has no line {key}"
        if lines[key].refunded_minor + amount > lines[key].base_minor:
            return f"more is refunded of line {key} than was paid"
    return ""


def _changes(refund: RefundToApply, lines: dict[str, SoldLineState]) -> list[Change]:
    """What a refund takes from each commission of the lines that it touches; brings their states along."""
    changes = []
    for key in lines if refund.lines is None else refund.lines:
        state = lines[key]
        if refund.lines is None:
            state.is_cancelled = True
        else:
            state.refunded_minor += refund.lines[key]
        for earned in state.earned:
            worth = state.worth(earned.level)
            if worth != earned.net_minor:
                changes.append(Change(refund, earned, earned.net_minor - worth, earned.wallet_kind))
                earned.net_minor = worth
    return changes


def _unapprove(refunds: Sequence[RefundToApply], states: Mapping[int, dict[str, SoldLineState]]) -> None:
    """A refund from within the hold may be heard when its commission is approved already: if it left nothing, that was never approved.

    A level 2 of which some base is left keeps its approval: it may yet get a unit back, and a commission is approved once.
    """
    empty = [
        (refund.order, key, earned)
        for refund in refunds
        for key, state in states[refund.order].items()
        for earned in state.earned
        if earned.wallet_kind == Wallet.Kind.APPROVED and not earned.net_minor and (earned.level == 1 or not state.left_minor)
        if earned.approved_at and refund.refunded_at < earned.approved_at
    ]
    if empty:
        then = line_states({order: earned.approved_at for order, _, earned in empty})
        with connection.cursor() as cursor:
            cursor.execute(NEVER_APPROVED, [[earned.id for order, key, earned in empty if not then[order][key].worth(earned.level)]])


def _mark(refunds: Sequence[RefundToApply], refusals: dict[int, str]) -> None:
    ids = [refund.id for refund in refunds]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_refund SET status = CASE WHEN refusal_of.text = '' THEN %s ELSE %s END, refusal = refusal_of.text"
            " FROM unnest(%s::bigint[], %s::text[]) AS refusal_of(id, text) WHERE commissions_refund.id = refusal_of.id AND status = %s",
            [Refund.Status.APPLIED, Refund.Status.REFUSED, ids, [refusals.get(pk, "") for pk in ids], Refund.Status.WAITING],
        )
        if cursor.rowcount != len(ids):
            raise AssertionError("a refund was applied by somebody who did not hold the book")


def _write(brand: Brand, changes: Sequence[Change], *, at: datetime) -> None:
    if not changes:
        return
    ids = reserve_ids(Reversal, len(changes))
    rows = ((pk, change.earned.id, change.refund.id, change.amount_minor, change.refund.refunded_at, at) for pk, change in zip(ids, changes, strict=True))
    copy_in(Reversal, ["id", "commission_id", "refund_id", "amount_minor", "refunded_at", "booked_at"], rows)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, [[change.earned.id for change in changes], [change.amount_minor for change in changes]])
        if given_back := sorted({change.refund.order for change in changes if change.amount_minor < 0}):
            cursor.execute(LOOK_AGAIN, [given_back])
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.COMMISSIONS)
    for kind in {change.wallet_kind for change in changes}:
        wallets.open({change.earned.koc for change in changes if change.wallet_kind == kind}, kind)
    cost = wallets[None, Wallet.Kind.COMMISSIONS]
    book([_movement(pk, change, wallets[change.earned.koc, change.wallet_kind], cost) for pk, change in zip(ids, changes, strict=True)], at=at)


def _movement(pk: int, change: Change, wallet: int, cost: int) -> Movement:
    source, target = (wallet, cost) if change.amount_minor > 0 else (cost, wallet)
    return Movement(source, target, abs(change.amount_minor), Transfer.Reason.REVERSAL.value, pk)
