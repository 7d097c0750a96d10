import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.compliance.domain.report import Report, ReportTable, as_builtins, plain
from commissions.compliance.domain.verdicts import Verdict
from commissions.compliance.rendering import compliance_report, laid_out, verdict_words
from foundation.terminal.arguments import save_text
from foundation.terminal.tables import aligned

LONGEST = 100


class Command(BrandCommand):
    help = "How a brand stands to the law on pay for bringing sales: every point with its evidence."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--format", choices=["text", "json", "html"], default="text", help="html is a page to print"
        )
        parser.add_argument("--language", choices=["en", "zh-hans"], default="en")
        parser.add_argument("--out", metavar="FILE", help="default: standard output")

    def handle(self, *, brand: Brand, format: str, language: str, out: str | None, **options: Any) -> None:
        report = compliance_report(brand, at=timezone.now(), language=language)
        with translation.override(language):
            text = {"text": as_text, "json": as_json, "html": as_page}[format](report)
            counts = ", ".join(f"{report.count(verdict)} {words}" for verdict, words in verdict_words().items())
        if out:
            save_text(f"{text}\n", out)
        else:
            self.stdout.write(text)
        (self.stdout if out or format == "text" else self.stderr).write(
            f"compliance: {len(report.points)} points, {counts}"
        )


def as_json(report: Report) -> str:
    return json.dumps(as_builtins(report), ensure_ascii=False, indent=2)


def as_page(report: Report) -> str:
    return render_to_string("commissions/compliance_page.html", {"report": laid_out(report)})


def as_text(report: Report) -> str:
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    words = verdict_words()
    yield f"{report.name} ({report.slug})  {plain(report.made_at, report.zone, report.language)}"
    for number, point in enumerate(report.points, start=1):
        mark = {Verdict.FINE: "✓", Verdict.LOOK: "!", Verdict.BROKEN: "✗"}[point.verdict]
        yield f"\n{number}. {point.title}: {mark} {words[point.verdict]}"
        yield f"   {point.says}\n   ({point.source})"
        yield f"   {point.stands}"
        yield from (f"   {title}: {plain(cell, report.zone, report.language)}" for title, cell in point.figures)
        for table in point.evidence:
            yield from _table(table, report)


def _table(table: ReportTable, report: Report) -> Iterator[str]:
    if not table.rows:
        return
    rows = [
        list(table.columns),
        *([_short(plain(cell, report.zone, report.language)) for cell in row] for row in table.rows),
    ]
    yield f"\n   {table.title}"
    yield from (f"     {line}" for line in aligned(rows, left=range(len(table.columns))))


def _short(text: str) -> str:
    """One line of a table; the other formats have longer texts in full."""
    line = text.replace("\n", " ")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
