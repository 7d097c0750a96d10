import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.audit.domain.refusals import NotReconciled
from commissions.audit.selectors.links import ReconciliationLink
from commissions.audit.selectors.report import Reconciliation, orders_of, reconciliation
from foundation.files.counts import counted
from foundation.files.exported_cells import harmless
from foundation.money.amounts import digits_of, major
from foundation.terminal.arguments import save_text
from foundation.terminal.bars import progress_bar
from foundation.terminal.tables import aligned

COLUMNS = ["kind", "stage", "key", "label", "count", "amount", "other_side", "difference"]


class Command(BrandCommand):
    help = "From orders to the bank: what each step of some months came to, and every difference between two steps; exit 1 if there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--period",
            required=True,
            metavar="YYYY-MM[..YYYY-MM]",
            help="a month, or the first and the last of several",
        )
        parser.add_argument("--format", choices=["text", "csv", "json"], default="text")
        parser.add_argument("--out", metavar="FILE", help="default: standard output")

    def handle(self, *, brand: Brand, period: str, format: str, out: str | None, **options: Any) -> None:
        first, _, last = period.partition("..")
        last = last or first
        with progress_bar("orders", total=orders_of(brand, first=first, last=last)) as bar:
            report = reconciliation(brand, first=first, last=last, progress=bar)
        text = {"text": as_text, "csv": as_csv, "json": as_json}[format](report)
        if out:
            save_text(text, out)
        else:
            self.stdout.write(text, ending="")
        if report.differences:
            raise NotReconciled(len(report.links), report.differences)
        (self.stdout if out or format == "text" else self.stderr).write(
            f"reconcile: {counted(len(report.links), 'link')}, 0 differences"
        )


def as_json(report: Reconciliation) -> str:
    links = [asdict(link) for link in report.links]
    heading = {
        "brand": report.brand.slug,
        "currency": report.brand.currency,
        "first": report.first,
        "last": report.last,
    }
    return (
        json.dumps(
            heading
            | {"differences": report.differences, "steps": [asdict(step) for step in report.steps], "links": links},
            ensure_ascii=False,
            default=str,  # labels are translated when they are read
        )
        + "\n"
    )


def as_csv(report: Reconciliation) -> str:
    """Three kinds of rows: the steps, the links between them with both sides, and the rows of a link that differ."""
    digits = digits_of(report.brand.currency)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(
        ["step", step.stage, step.key, step.label, step.count, major(step.amount_minor, digits), "", ""]
        for step in report.steps
    )
    for link in report.links:
        cells = [_side(link, side, digits) for side in (link.told, link.found, link.told - link.found)]
        writer.writerow(["link", "", link.key, link.label, link.count if link.looked_at else "", *cells])
        for difference in link.differences:
            writer.writerow(
                [
                    "row",
                    "",
                    link.key,
                    harmless(difference.row),
                    "",
                    *(
                        _side(link, side, digits)
                        for side in (difference.told, difference.found, difference.told - difference.found)
                    ),
                ]
            )
    return out.getvalue()


def _side(link: ReconciliationLink, amount: int, digits: int) -> str:
    return major(amount, digits) if link.unit == "money" else str(amount)


def as_text(report: Reconciliation) -> str:
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Reconciliation) -> Iterator[str]:
    digits = digits_of(report.brand.currency)
    months = report.first if report.first == report.last else f"{report.first} to {report.last}"
    yield f"{report.brand.name} ({report.brand.slug}), {months}, {report.brand.currency}"
    for stage in dict.fromkeys(step.stage for step in report.steps):
        yield f"\n{stage}"
        yield from aligned(
            [f"  {step.label}", f"{step.count:,}", major(step.amount_minor, digits)]
            for step in report.steps
            if step.stage == stage
        )
    yield "\nthe same on both sides"
    yield from aligned(
        [
            f"  {'✗' if link.count else '✓'} {link.label}",
            _side(link, link.told, digits),
            _side(link, link.found, digits),
            counted(link.count, "difference"),
        ]
        for link in report.links
    )
    for link in report.links:
        for difference in link.differences:
            yield f"  {link.key}: {difference.row}: {_side(link, difference.told, digits)} ≠ {_side(link, difference.found, digits)}"
        if link.count > len(link.differences):
            yield f"  {link.key}: … and {link.count - len(link.differences)} more"
