"""Files for the bank: which layouts there are, and how rows become CSV or XLSX. Both stream, and the same rows are the
same bytes."""

import csv
import io
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import IO, BinaryIO, NamedTuple
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import QuerySet

from accounts.brands.models import Brand
from commissions.payouts.domain.bank_files import CellValue, Template, read_template
from commissions.payouts.domain.payout_templates import SHIPPED
from commissions.payouts.domain.result_files import ResultLayout, read_result_layout
from commissions.payouts.domain.result_layouts import SHIPPED as SHIPPED_RESULTS
from commissions.payouts.models import PayoutTemplate
from foundation.files.faults import Refusal
from foundation.texts.messages import Message

Kind = PayoutTemplate.Kind


class Layout(NamedTuple):
    """A template by its key: the text, and the parsed template. `written_by` is the user who wrote a brand's own; None
    for one that comes with Grove."""

    key: str
    text: str
    template: Template
    written_by: int | None


def layout_keys(brand: Brand) -> list[str]:
    """The layouts that a batch of this brand can be exported in."""
    own = PayoutTemplate.objects.filter(brand=brand, kind=Kind.EXPORT)
    return sorted({*SHIPPED, *own.values_list("key", flat=True)})


def find_layout(brand: Brand, key: str) -> Layout:
    """The brand's own layout of this key, else the one that comes with Grove. Raises Refusal when there is neither."""
    own = PayoutTemplate.objects.filter(brand=brand, kind=Kind.EXPORT, key=key).first()
    if own is not None:
        return Layout(key, own.text, read_template(own.text, key), own.written_by_id)
    if key not in SHIPPED:
        raise Refusal(
            Message("no payout template %(key)s; there are %(keys)s", key=key, keys=", ".join(layout_keys(brand)))
        )
    text = shipped_text(key)
    return Layout(key, text, read_template(text, key), None)


class KnownLayout(NamedTuple):
    """A layout of result files, and whether it is the brand's own."""

    layout: ResultLayout
    is_own: bool


def result_layouts(brand: Brand) -> dict[str, KnownLayout]:
    """The layouts that a file of the bank's results can have, by their keys: the brand's own before those that come with
    Grove."""
    own = PayoutTemplate.objects.filter(brand=brand, kind=Kind.RESULTS).values_list("key", "text")
    known = {key: KnownLayout(_shipped_result_layout(key), is_own=False) for key in SHIPPED_RESULTS}
    known |= {key: KnownLayout(read_result_layout(text, key), is_own=True) for key, text in own}
    return dict(sorted(known.items()))


def result_layout_keys(brands: QuerySet[Brand]) -> list[str]:
    """The layouts that some brands know, for a choice."""
    own = PayoutTemplate.objects.filter(brand__in=brands, kind=Kind.RESULTS)
    return sorted({*SHIPPED_RESULTS, *own.values_list("key", flat=True)})


@cache
def _shipped_result_layout(key: str) -> ResultLayout:
    return read_result_layout(shipped_text(key, Kind.RESULTS), key)


def shipped_text(key: str, kind: str = Kind.EXPORT) -> str:
    """A layout that comes with Grove, as a starting point for the brand's own; the generic one for a key that there is
    not."""
    package, keys = {
        Kind.EXPORT: ("commissions.payouts.domain.payout_templates", SHIPPED),
        Kind.RESULTS: ("commissions.payouts.domain.result_layouts", SHIPPED_RESULTS),
    }[Kind(kind)]
    name = key if key in keys else "generic"
    return resources.files(package).joinpath(f"{name}.yaml").read_text("utf-8")


def check_layout(text: str, name: str, kind: str) -> None:
    """Raises BadFile when a text is no layout of its kind."""
    {Kind.EXPORT: read_template, Kind.RESULTS: read_result_layout}[Kind(kind)](text, name)


Rows = Iterable[list[CellValue]]


def write_rows(rows: Rows, out: BinaryIO, *, format: str, encoding: str, digits: int) -> None:
    """Write a whole file; `digits` are the currency's, for the amounts in an XLSX."""
    writers: dict[str, Callable[[], None]] = {
        "csv": lambda: _write_csv(rows, out, encoding),
        "xlsx": lambda: _write_xlsx(rows, out, digits),
    }
    writers[format]()


def _write_csv(rows: Rows, out: BinaryIO, encoding: str) -> None:
    text = io.TextIOWrapper(out, encoding=encoding, newline="")
    try:
        csv.writer(text).writerows(rows)
    finally:
        text.detach()


# A workbook with one sheet: exact decimals, and texts that are marked as texts, so that no program reads an account as
# a number.
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="payments" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="{amounts}"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _write_xlsx(rows: Rows, out: BinaryIO, digits: int) -> None:
    amounts = f"0.{'0' * digits}" if digits else "0"
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            with _part(book, name) as part:
                part.write((XML_DECLARATION + text.replace("{amounts}", amounts)).encode())
        with _part(book, "xl/worksheets/sheet1.xml") as sheet:
            sheet.write(
                f'{XML_DECLARATION}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'.encode()
            )
            for number, row in enumerate(rows, start=1):
                cells = "".join(_xml(cell, f"{_letters(place)}{number}") for place, cell in enumerate(row))
                sheet.write(f'<row r="{number}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def _part(book: ZipFile, name: str) -> IO[bytes]:
    """A part of a workbook, without a timestamp, so that the same rows give the same bytes."""
    part = ZipInfo(name)
    part.compress_type = ZIP_DEFLATED
    return book.open(part, "w", force_zip64=True)


@cache
def _letters(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _xml(cell: CellValue, reference: str) -> str:
    if isinstance(cell, str):
        return f'<c r="{reference}" t="inlineStr" s="2"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{reference}" s="{int(isinstance(cell, Decimal))}"><v>{cell}</v></c>'
