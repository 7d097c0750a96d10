"""A payout batch: one person makes it, another approves it. `payout_exports` writes the bank's files, `payout_results`
loads its results."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, QuerySet

from accounts.brands.models import Brand
from accounts.people.models import User
from accounts.people.selectors.staff import works_for
from commissions.ledger.services import lock_book
from commissions.payouts.domain.refusals import BatchRefused, NothingToPay
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.selectors import payable_statements, with_payee, without_payee
from commissions.settlement.domain.refusals import FourEyes
from commissions.settlement.models.statements import Statement
from foundation.files.faults import Refusal
from foundation.postgres.bulk import copy_in
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message, joined

Status = PayoutBatch.Status


@dataclass(frozen=True, slots=True)
class MadeBatch:
    """A new draft, and what was left out of it: the keys of KOCs without a payee, and how many are paid by another
    method than the batch."""

    batch: PayoutBatch
    no_payee: list[str]
    other_method: int


@in_transaction
def make_batch(
    *,
    brand: Brand,
    made_by: User,
    at: datetime,
    statements: QuerySet[Statement] | None = None,
    method: str = "",
    title: str = "",
) -> MadeBatch:
    """Put every ready statement with something to pay that no batch holds on a draft; of `statements` only, when they
    are given.

    A statement of a KOC without a payee, or of another `method` than the batch's, is left out and reported. Each
    statement is one line, whole: no payout is split. Locks the brand's book; key: one live line for each statement. So
    a second call finds nothing, and raises NothingToPay."""
    lock_book(brand)
    _must_work_for(made_by, brand)
    candidates = payable_statements(brand)
    if statements is not None:
        candidates = candidates.filter(pk__in=statements.order_by().values("pk"))
    no_payee = list(dict.fromkeys(without_payee(candidates).values_list("koc__key", flat=True)))
    chosen = list(with_payee(candidates, method=method).values_list("pk", "koc_id", "net_minor", "period"))
    other_method = with_payee(candidates).count() - len(chosen)
    if not chosen:
        raise NothingToPay(_nothing_to_pay_message(brand, no_payee, other_method))
    number = (PayoutBatch.objects.filter(brand=brand).aggregate(last=Max("number"))["last"] or 0) + 1
    batch = PayoutBatch.objects.create(
        brand=brand,
        number=number,
        currency=brand.currency,
        title=(title.strip() or _title(brand, [period for *_, period in chosen]))[:32],
        lines_count=len(chosen),
        total_minor=sum(net for _, _, net, _ in chosen),
        made_by=made_by,
        made_at=at,
    )
    _write_lines(batch, [(statement, koc, net) for statement, koc, net, _ in chosen])
    return MadeBatch(batch, no_payee, other_method)


def _write_lines(batch: PayoutBatch, chosen: Sequence[tuple[int, int, int]]) -> None:
    columns = ["batch_id", "position", "statement_id", "koc_id", "amount_minor", "reference", "status"]
    empty = ["method", "account_last4", "payee_sealed", "bank_reference", "reason", "result_file"]
    rows = (
        (batch.pk, position, *line, new_reference(), PayoutLine.Status.WAITING.value, *[""] * len(empty))
        for position, line in enumerate(chosen, start=1)
    )
    copy_in(PayoutLine, [*columns, *empty], rows)


def new_reference() -> str:
    """A text that identifies one payment at any bank: a P, so that no spreadsheet takes it for a number, and 60 random
    bits in letters and digits."""
    return "P" + base64.b32encode(secrets.token_bytes(10)).decode()[:12]


def _title(brand: Brand, periods: Sequence[str]) -> str:
    first, last = min(periods), max(periods)
    return f"{brand.name[:14]} {first}" if first == last else f"{brand.name[:14]} {first}…{last}"


def _nothing_to_pay_message(brand: Brand, no_payee: Sequence[str], other_method: int) -> str:
    parts: list[str] = [Message("nothing to pay for %(slug)s: no ready statement that no batch holds", slug=brand.slug)]
    if no_payee:
        parts.append(
            Message(
                "%(count)s without a payee (%(keys)s)",
                count=len(no_payee),
                keys=", ".join([*no_payee[:20], *(["…"] if len(no_payee) > 20 else [])]),
            )
        )
    if other_method:
        parts.append(Message("%(count)s to be paid by another method", count=other_method))
    return joined("; ", parts)


@in_transaction
def remove_line(*, line: PayoutLine, by: User, at: datetime) -> None:
    """Take a line out of a draft; its statement is free for another batch. Locks the brand's book; a second call is
    refused. Raises BatchRefused."""
    batch = hold_batch(line.batch, by)
    must_be(batch, Status.DRAFT, Message("a line is taken out of a draft"))
    if (
        PayoutLine.objects.filter(pk=line.pk, batch=batch, status=PayoutLine.Status.WAITING).update(
            status=PayoutLine.Status.DROPPED
        )
        != 1
    ):
        raise BatchRefused(
            Message("%(reference)s is not on batch %(number)s any more", reference=line.reference, number=batch.number)
        )
    PayoutBatch.objects.filter(pk=batch.pk).update(
        lines_count=F("lines_count") - 1, total_minor=F("total_minor") - line.amount_minor
    )


@in_transaction
def cancel_batch(*, batch: PayoutBatch, by: User, at: datetime) -> PayoutBatch:
    """Cancel a batch that was not exported; its statements are free again. A second call is refused. Raises
    BatchRefused.

    An approved batch may be cancelled too: no money has moved, and its payees may not fit the bank's file.
    """
    locked = hold_batch(batch, by)
    if locked.status not in {Status.DRAFT, Status.APPROVED}:
        raise BatchRefused(
            Message(
                "batch %(number)s is %(status)s: only a batch that was not exported can be cancelled",
                number=locked.number,
                status=locked.get_status_display(),
            )
        )
    move_on(locked, Status.CANCELLED, cancelled_by=by, cancelled_at=at)
    PayoutLine.objects.filter(batch=locked, status=PayoutLine.Status.WAITING).update(status=PayoutLine.Status.DROPPED)
    return locked


@in_transaction
def approve_batch(*, batch: PayoutBatch, by: User, at: datetime, seen_minor: int | None = None) -> PayoutBatch:
    """A second person approves a draft for the bank. Its maker is refused, here with a message, and by the database.

    `seen_minor` is the total that the approver was shown: another total means that lines were removed meanwhile. Locks
    the brand's book; a second call is refused. Raises FourEyes, BatchRefused."""
    locked = hold_batch(batch, by)
    must_be(locked, Status.DRAFT, Message("only a draft is approved"))
    if locked.made_by_id == by.pk:
        raise FourEyes(
            Message("%(by)s made batch %(number)s: somebody else has to approve it", by=by, number=locked.number)
        )
    if not locked.lines_count:
        raise BatchRefused(Message("batch %(number)s has no lines", number=locked.number))
    if seen_minor is not None and seen_minor != locked.total_minor:
        raise BatchRefused(Message("batch %(number)s changed while you looked at it: look again", number=locked.number))
    move_on(locked, Status.APPROVED, approved_by=by, approved_at=at)
    return locked


def hold_batch(batch: PayoutBatch, by: User) -> PayoutBatch:
    """The current row of a batch, with the book of its brand locked, for a user who works there. Raises Refusal for
    anybody else."""
    lock_book(batch.brand)
    _must_work_for(by, batch.brand)
    return PayoutBatch.objects.select_related("brand", "made_by").get(pk=batch.pk)


def _must_work_for(user: User, brand: Brand) -> None:
    if not works_for(user, brand):
        raise Refusal(Message("%(user)s does not work for %(slug)s", user=user, slug=brand.slug))


def must_be(batch: PayoutBatch, status: Status, rule: str) -> None:
    if batch.status != status:
        raise BatchRefused(
            Message(
                "batch %(number)s is %(status)s: %(rule)s",
                number=batch.number,
                status=batch.get_status_display(),
                rule=rule,
            )
        )


def move_on(batch: PayoutBatch, to: Status, **facts: User | datetime | str) -> None:
    """Move a batch from the state that was read to the next, by compare-and-set."""
    if PayoutBatch.objects.filter(pk=batch.pk, status=batch.status).update(status=to, **facts) != 1:
        raise AssertionError("a batch was moved by a caller that did not lock the book")
    batch.status = to
    for name, fact in facts.items():
        setattr(batch, name, fact)
