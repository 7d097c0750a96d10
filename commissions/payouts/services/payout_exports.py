"""Export an approved batch to the bank: its money moves once, and its files can be written again, the same to the
byte."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.db import connection, transaction

from accounts.people.models import User
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, post
from commissions.payees.domain.payees import FullPayee
from commissions.payees.services import note_reads, read_payees
from commissions.payouts.domain.bank_files import (
    BankFile,
    CellValue,
    Payment,
    Template,
    faults_of,
    head_of,
    read_template,
    row_of,
)
from commissions.payouts.domain.refusals import BatchRefused, PayeesUnfit
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.rendering import Layout, find_layout, write_rows
from commissions.payouts.selectors import exported_lines, waiting_lines
from commissions.payouts.services.payouts import Status, hold_batch, move_on, must_be
from commissions.settlement.domain.refusals import FourEyes
from commissions.settlement.models.statements import Statement
from foundation.files.faults import Refusal
from foundation.postgres.transactions import in_transaction
from foundation.sealing import seal, unseal
from foundation.texts.messages import Message

PAYEES_AT_ONCE = 5_000
KEEP_PAYEES = """
UPDATE commissions_payoutline line SET payee_sealed = payee.sealed, account_last4 = payee.last4, method = payee.method
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS payee(line, sealed, last4, method) WHERE line.id = payee.line
"""


class ToPay(NamedTuple):
    """The fields of a line that a file needs."""

    pk: int
    koc_id: int
    koc: str
    reference: str
    amount_minor: int
    period: str


LINE_FIELDS = ("pk", "koc_id", "koc__key", "reference", "amount_minor", "statement__period")


@dataclass(frozen=True, slots=True)
class ExportedBatch:
    """A batch that may be sent to the bank. `is_new` is False when it had been exported before: nothing was moved."""

    batch: PayoutBatch
    template: Template
    parts: int
    is_new: bool


def export_batch(*, batch: PayoutBatch, template_key: str, by: User, at: datetime) -> ExportedBatch:
    """Move an approved batch's money from settled to paying, once, and keep the payee of each line; a second call moves
    nothing and gives the same files.

    Refused as a whole when a line cannot be in the file: no payee any more, another method, a name that is too long or
    that the bank's encoding does not have. The author of the brand's own layout does not export with it. Locks the
    brand's book; key: (payout, line). Every read of a payee's record is logged, also when the export is refused because of
    it: that is a second transaction. Raises BatchRefused, FourEyes."""
    try:
        return _export(batch, template_key, by, at)
    except PayeesUnfit as refusal:
        why = f"payout batch {batch.number} could not be exported as {template_key}"
        note_reads(koc_ids=refusal.read, who=by, why=why, at=at)
        raise


@in_transaction
def _export(batch: PayoutBatch, template_key: str, by: User, at: datetime) -> ExportedBatch:
    locked = hold_batch(batch, by)
    if locked.status in {Status.EXPORTED, Status.CLOSED}:
        return _export_again(locked, template_key, by, at)
    must_be(locked, Status.APPROVED, Message("only an approved batch is exported"))
    layout = find_layout(locked.brand, template_key)
    if layout.written_by == by.pk:
        raise FourEyes(
            Message(
                "%(by)s wrote the layout %(template_key)s: somebody else has to export with it",
                by=by,
                template_key=template_key,
            )
        )
    lines = [ToPay(*line) for line in waiting_lines(locked).values_list(*LINE_FIELDS)]
    locked.exported_at = at
    _keep_payees(locked, layout, lines, by, at)
    _pay(locked, lines, at)
    move_on(locked, Status.EXPORTED, exported_by=by, exported_at=at, template_key=layout.key, template_text=layout.text)
    return ExportedBatch(locked, layout.template, _parts(locked, layout.template), is_new=True)


def _export_again(batch: PayoutBatch, template_key: str, by: User, at: datetime) -> ExportedBatch:
    if batch.template_key != template_key:
        raise BatchRefused(
            Message(
                "batch %(number)s was exported as %(template_key)s: a second file in another layout could be paid twice",
                number=batch.number,
                template_key=batch.template_key,
            )
        )
    note_reads(
        koc_ids=list(exported_lines(batch).values_list("koc", flat=True)),
        who=by,
        why=f"payout batch {batch.number} exported again",
        at=at,
    )
    template = read_template(batch.template_text, batch.template_key)
    return ExportedBatch(batch, template, _parts(batch, template), is_new=False)


def _parts(batch: PayoutBatch, template: Template) -> int:
    return -(-batch.lines_count // template.rows)


def _keep_payees(batch: PayoutBatch, layout: Layout, lines: Sequence[ToPay], by: User, at: datetime) -> None:
    """Seal the payee on each line. A payee who changes the account tomorrow changes neither the file nor the record of
    where the money went."""
    whole = _file_of(batch, layout.template, 1, len(lines), batch.total_minor)
    needs_id = any(column.value == "id_number" or "{id_number}" in column.text for column in layout.template.columns)
    faults: list[str] = []
    read: set[int] = set()
    for chunk in (lines[start : start + PAYEES_AT_ONCE] for start in range(0, len(lines), PAYEES_AT_ONCE)):
        payees = read_payees(
            koc_ids={line.koc_id for line in chunk},
            who=by,
            why=f"payout batch {batch.number} exported as {layout.key}",
            at=at,
        )
        read |= payees.keys()
        snapshots = {
            line.pk: _snapshot(payees[line.koc_id], with_id=needs_id) for line in chunk if line.koc_id in payees
        }
        for line in chunk:
            line_faults = (
                faults_of(layout.template, whole, _payment(line, snapshots[line.pk]))
                if line.pk in snapshots
                else [Message("has no payee any more")]
            )
            faults += [
                Message("%(reference)s (%(koc)s): %(fault)s", reference=line.reference, koc=line.koc, fault=fault)
                for fault in line_faults
            ]
        _write_sealed(snapshots)
    if faults:
        raise PayeesUnfit(
            Message(
                "batch %(number)s cannot be exported as %(key)s: cancel it, and pay these another way or when they are mended",
                number=batch.number,
                key=layout.key,
            ),
            faults,
            read,
        )


def _snapshot(payee: FullPayee, *, with_id: bool) -> dict[str, str]:
    """The payee's fields that are kept with a payment: only those that the file contains."""
    snapshot = {"payee_name": payee.name, "account": payee.account, "bank": payee.bank, "method": payee.method}
    return snapshot | {"id_number": payee.id_number if with_id else ""}


def _write_sealed(snapshots: Mapping[int, Mapping[str, str]]) -> None:
    sealed = [seal(json.dumps(payee, ensure_ascii=False)) for payee in snapshots.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP_PAYEES,
            [
                list(snapshots),
                sealed,
                [payee["account"][-4:] for payee in snapshots.values()],
                [payee["method"] for payee in snapshots.values()],
            ],
        )


def _payment(line: ToPay, payee: Mapping[str, str]) -> Payment:
    return Payment(reference=line.reference, amount_minor=line.amount_minor, period=line.period, koc=line.koc, **payee)


def _pay(batch: PayoutBatch, lines: Sequence[ToPay], at: datetime) -> None:
    """settled → paying. The statements stay ready until the bank has paid."""
    ready = Statement.objects.filter(
        payout_lines__batch=batch, payout_lines__status=PayoutLine.Status.WAITING, status=Statement.Status.READY
    ).count()
    if ready != len(lines) or sum(line.amount_minor for line in lines) != batch.total_minor:
        raise AssertionError("a statement of an approved batch was changed by a caller that did not lock the book")
    kind = Wallet.Kind
    wallets = Wallets(batch.brand)
    wallets.open({line.koc_id for line in lines}, kind.SETTLED, kind.PAYING)
    reason = Transfer.Reason.PAYOUT.value
    post(
        [
            NewTransfer(
                wallets[line.koc_id, kind.SETTLED],
                wallets[line.koc_id, kind.PAYING],
                line.amount_minor,
                reason,
                line.pk,
            )
            for line in lines
        ],
        at=at,
    )


def _file_of(batch: PayoutBatch, template: Template, part: int, count: int, total_minor: int) -> BankFile:
    if batch.exported_at is None:
        raise AssertionError("a file of a batch that was not exported")
    day = batch.exported_at.astimezone(ZoneInfo(batch.brand.timezone)).date()
    return BankFile(
        file=f"{day:%Y%m%d}B{batch.pk:06}P{part}",
        batch=batch.number,
        brand=batch.brand.name,
        currency=batch.currency,
        digits=get_currency_precision(batch.currency),
        note=batch.title,
        date=day.isoformat(),
        part=part,
        parts=_parts(batch, template),
        count=count,
        total_minor=total_minor,
    )


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """One file of an exported batch; `write` streams it."""

    exported: ExportedBatch
    part: int
    format: str
    count: int
    total_minor: int

    @property
    def name(self) -> str:
        batch = self.exported.batch
        return f"{batch.brand.slug}-{batch.number:06}-{batch.template_key}{f'-{self.part}' if self.exported.parts > 1 else ''}.{self.format}"

    def write(self, out: BinaryIO) -> None:
        batch, template = self.exported.batch, self.exported.template
        file = _file_of(batch, template, self.part, self.count, self.total_minor)
        with transaction.atomic():  # a cursor of the server, which reads rows as they are written, lives in one
            write_rows(self._rows(file), out, format=self.format, encoding=template.encoding, digits=file.digits)

    def _rows(self, file: BankFile) -> Iterator[list[CellValue]]:
        template = self.exported.template
        yield from head_of(template, file)
        lines = exported_lines(self.exported.batch).values_list("payee_sealed", *LINE_FIELDS)[
            (self.part - 1) * template.rows : self.part * template.rows
        ]
        for sequence, (sealed, *line) in enumerate(lines.iterator(chunk_size=2_000), start=1):
            yield row_of(template, file, _payment(ToPay(*line), json.loads(unseal(sealed))), sequence)


@in_transaction
def files_of(exported: ExportedBatch, *, format: str = "") -> list[PayoutFile]:
    """The files of an exported batch, by its layout's limit of rows; in the layout's own format unless another is
    given."""
    amounts = iter(exported_lines(exported.batch).values_list("amount_minor", flat=True).iterator(chunk_size=10_000))
    files = []
    for part in range(1, exported.parts + 1):
        chunk = list(islice(amounts, exported.template.rows))
        files.append(PayoutFile(exported, part, format or exported.template.format, len(chunk), sum(chunk)))
    return files


def save_files(exported: ExportedBatch, *, format: str, out: str) -> list[PayoutFile]:
    """Write an exported batch to a file, or to FILE-1, FILE-2 … when it needs several. Every file is written whole, or
    none is. Raises Refusal."""
    files = files_of(exported, format=format)
    path = Path(out)
    targets = {path if len(files) == 1 else path.with_stem(f"{path.stem}-{file.part}"): file for file in files}
    try:
        for target, file in targets.items():
            with _partial(target).open("wb") as binary:
                file.write(binary)
        for target in targets:
            _partial(target).replace(target)
    except OSError as error:
        raise Refusal(Message("%(out)s: %(strerror)s", out=out, strerror=error.strerror)) from error
    finally:
        for target in targets:
            with suppress(OSError):  # a file that could not be opened cannot be removed either
                _partial(target).unlink(missing_ok=True)
    return files


def refuse_unwritable(out: str) -> None:
    """Check the path before any money moves. Raises Refusal when no file can be written there."""
    try:
        _partial(Path(out)).touch()
        _partial(Path(out)).unlink()
    except OSError as error:
        raise Refusal(Message("%(out)s: %(strerror)s", out=out, strerror=error.strerror)) from error


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
