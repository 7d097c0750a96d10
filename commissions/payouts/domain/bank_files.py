"""The file that goes to the bank: its layout is data, a template in YAML; this module parses a template and lays out
payments by it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from foundation.files.exported_cells import harmless
from foundation.files.yaml_files import Contradiction, Place, read_yaml
from foundation.texts.messages import Message

# docs/payouts.md says what each field means.
PAYMENT_FIELDS = (
    "sequence",
    "reference",
    "payee_name",
    "id_number",
    "account",
    "bank",
    "method",
    "amount",
    "amount_minor",
    "period",
    "koc",
)
FILE_FIELDS = (
    "file",
    "batch",
    "brand",
    "currency",
    "note",
    "date",
    "day",
    "part",
    "parts",
    "count",
    "total",
    "total_minor",
)
FIELDS = (*PAYMENT_FIELDS, *FILE_FIELDS)
NEVER_EMPTY = ("reference", "payee_name", "account")
# Changed, even by an apostrophe, they would identify another payment or another payee
NEVER_NEUTRALISED = frozenset({"reference", "account"})
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

CellValue = str | int | Decimal
Text = Annotated[str, Meta(max_length=200)]


class Cell(Struct, forbid_unknown_fields=True, frozen=True):
    """Either the value of a field, or a text in which `{field}` is replaced by one."""

    value: str = ""
    text: Text = ""


class BankColumn(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    header: Text
    value: str = ""
    text: Text = ""
    max_length: Annotated[int, Meta(gt=0, le=1000)] | None = None
    required: bool = False


class Template(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A layout. `rows` is how many payments a file may have; `methods` the ways of payment that it is for, all when
    empty."""

    format: Literal["csv", "xlsx"]
    encoding: Literal["utf-8", "utf-8-sig", "gbk", "gb18030"] = "utf-8-sig"
    methods: list[Literal["bank", "alipay", "wechat"]] = []
    rows: Annotated[int, Meta(gt=0, le=1_000_000)] = 1_000_000
    head: list[list[Text | Cell]] = []
    columns: list[BankColumn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One line of a batch as the bank receives it."""

    reference: str
    payee_name: str
    id_number: str
    account: str
    bank: str
    method: str
    amount_minor: int
    period: str
    koc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """The values of a whole file. `digits` are the currency's."""

    file: str
    batch: int
    brand: str
    currency: str
    digits: int
    note: str
    date: str
    part: int
    parts: int
    count: int
    total_minor: int


def read_template(text: str, name: str) -> Template:
    """A checked template. Raises BadFile with the line, the place and the value of what is wrong: an unknown field, one
    that is needed and missing."""
    file = read_yaml(text, name)
    template = file.shaped(Template)
    if contradictions := list(_contradictions(template)):
        raise file.refusal(contradictions)
    return template


def _contradictions(template: Template) -> Iterator[Contradiction]:
    for number, column in enumerate(template.columns):
        yield from _cell_faults(column.value, column.text, FIELDS, ("columns", number))
    for row, cells in enumerate(template.head):
        for place, cell in enumerate(cells):
            if isinstance(cell, Cell):
                yield from _cell_faults(cell.value, cell.text, FILE_FIELDS, ("head", row, place))
    if not any(column.value == "reference" or "{reference}" in column.text for column in template.columns):
        yield Message("needs a column with the reference, or no result could be matched"), ("columns",)
    for field in ("account", "amount"):
        count = sum(column.value in (field, f"{field}_minor") for column in template.columns)
        if count != 1:
            yield (
                Message("needs one column whose value is %(field)s, and has %(count)s", field=field, count=count),
                ("columns",),
            )


def _cell_faults(value: str, text: str, fields: Sequence[str], place: Place) -> Iterator[Contradiction]:
    if value and text:
        yield Message("has a value and a text: one of them"), (*place, "text")
    for field, attribute in [(value, "value")] if value else [(field, "text") for field in _PLACEHOLDER.findall(text)]:
        if field not in fields:
            yield (
                Message("unknown field %(field)s; there are %(fields)s", field=field, fields=", ".join(fields)),
                (*place, attribute),
            )


def major_unit(amount_minor: int, digits: int) -> Decimal:
    return Decimal(amount_minor).scaleb(-digits)


def head_of(template: Template, file: BankFile) -> list[list[CellValue]]:
    """The rows above the payments: the template's own, then the headers of the columns."""
    values = _file_values(file)
    rows = [
        [_cell(cell, "", values) if isinstance(cell, str) else _cell(cell.text, cell.value, values) for cell in row]
        for row in template.head
    ]
    return [*rows, [harmless(column.header) for column in template.columns]]


def row_of(template: Template, file: BankFile, payment: Payment, sequence: int) -> list[CellValue]:
    """The cells of one payment. Text that a spreadsheet would run is neutralised; an account that looks like a formula
    is refused before (`faults_of`)."""
    values = _file_values(file) | _payment_values(payment, file.digits, sequence)
    return [_cell(column.text, column.value, values) for column in template.columns]


def faults_of(template: Template, file: BankFile, payment: Payment) -> list[str]:
    """Why a payment cannot be in a file of this template; empty when it can."""
    if template.methods and payment.method not in template.methods:
        return [
            Message(
                "is paid by %(method)s, and the file is for %(methods)s",
                method=payment.method,
                methods=", ".join(template.methods),
            )
        ]
    faults = [
        fault
        for column, cell in zip(template.columns, row_of(template, file, payment, 1), strict=True)
        for fault in _column_faults(template, column, str(cell))
    ]
    return [*faults, *_neutralised_fields(payment)]


def _column_faults(template: Template, column: BankColumn, cell: str) -> Iterator[str]:
    if not cell and (column.required or column.value in NEVER_EMPTY):
        yield Message("%(header)s is empty", header=column.header)
    if column.max_length and len(cell) > column.max_length:
        yield Message(
            "%(header)s is longer than %(max_length)s characters", header=column.header, max_length=column.max_length
        )
    if _CONTROL.search(cell):
        yield Message("%(header)s has a line break or another control character", header=column.header)
    if template.format == "csv" and not _is_encodable(cell, template.encoding):
        yield Message("%(header)s cannot be written in %(encoding)s", header=column.header, encoding=template.encoding)


def _neutralised_fields(payment: Payment) -> Iterator[str]:
    for field in sorted(NEVER_NEUTRALISED):
        if harmless(cell := getattr(payment, field)) != cell:
            yield Message(
                "%(field)s starts with %(beginning)s: a spreadsheet would run it, and neutralised it would be another one",
                field=field,
                beginning=repr(cell[:1]),
            )


def _is_encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _file_values(file: BankFile) -> dict[str, CellValue]:
    return {
        "file": file.file,
        "batch": file.batch,
        "brand": file.brand,
        "currency": file.currency,
        "note": file.note,
        "date": file.date,
        "day": file.date.replace("-", ""),
        "part": file.part,
        "parts": file.parts,
        "count": file.count,
        "total": major_unit(file.total_minor, file.digits),
        "total_minor": file.total_minor,
    }


def _payment_values(payment: Payment, digits: int, sequence: int) -> dict[str, CellValue]:
    return {
        "sequence": sequence,
        "reference": payment.reference,
        "payee_name": payment.payee_name,
        "id_number": payment.id_number,
        "account": payment.account,
        "bank": payment.bank,
        "method": payment.method,
        "amount": major_unit(payment.amount_minor, digits),
        "amount_minor": payment.amount_minor,
        "period": payment.period,
        "koc": payment.koc,
    }


def _cell(text: str, value: str, values: dict[str, CellValue]) -> CellValue:
    if value:
        cell = values[value]
        return harmless(cell) if isinstance(cell, str) else cell
    return harmless(_PLACEHOLDER.sub(lambda place: str(values[place[1]]), text))
