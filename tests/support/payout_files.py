"""The files of a payout, to the bank and from it, and the pages of the back office where they are handed over."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payout_exports import ExportedBatch, files_of
from commissions.payouts.services.payout_results import ResultsLoaded, record_results
from tests.support.admin_pages import page
from tests.support.payouts import APRIL_3
from tests.support.shop_events import prove

SMALL = "format: csv\nencoding: utf-8\nrows: 2\ncolumns: [{header: r, value: reference}, {header: a, value: account}, {header: m, value: amount}]"


def file_bytes(found: ExportedBatch, *, format: str = "") -> list[bytes]:
    """The files of an exported batch, as they would be handed to the bank."""
    written = []
    for file in files_of(found, format=format):
        out = io.BytesIO()
        file.write(out)
        written.append(out.getvalue())
    return written


def rows_of(found: ExportedBatch, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    (content,) = file_bytes(found)
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def reference_of(batch: PayoutBatch, koc: str) -> str:
    return PayoutLine.objects.get(batch=batch, koc__key=koc).reference


def answer(brand: Brand, *rows: dict[str, str], name: str = "results.csv", at: datetime = APRIL_3) -> ResultsLoaded:
    """Load a file of results; the ledger must prove afterwards."""
    loaded = record_results(brand=brand, lines=results_file(rows), name=name, at=at)
    prove(brand)
    return loaded


def results_file(rows: Sequence[dict[str, str]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().splitlines(keepends=True)


def written(tmp_path: Path, rows: Sequence[dict[str, str]], name: str = "results.csv") -> Path:
    file = tmp_path / name
    file.write_text("".join(results_file(rows)), newline="")
    return file


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def step(batch: PayoutBatch, name: str) -> str:
    return page(PayoutBatch, batch, name)


def upload(rows: list[dict[str, str]]) -> SimpleUploadedFile:
    return SimpleUploadedFile("results.csv", "".join(results_file(rows)).encode())
