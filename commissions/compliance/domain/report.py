"""The compliance report of one brand: points of law, each with the brand's position and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from commissions.compliance.domain.facts import Named
from commissions.compliance.domain.verdicts import Verdict
from foundation.money import units


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Proportion:
    """A part of a whole, in basis points."""

    bps: int


Cell: TypeAlias = Money | Proportion | Named | datetime | int | str | None
Figure: TypeAlias = tuple[str, Cell]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of evidence."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Point:
    """One requirement of the law: its text (`says`), the brand's position (`stands`), and the evidence."""

    key: str
    verdict: Verdict
    title: str
    says: str
    source: str
    stands: str
    figures: Sequence[Figure]
    evidence: Sequence[ReportTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    slug: str
    name: str
    language: str
    made_at: datetime
    zone: str
    points: Sequence[Point]

    def count(self, verdict: Verdict) -> int:
        return sum(point.verdict == verdict for point in self.points)


def plain(cell: Cell, zone: str, language: str) -> str:
    """A cell as a person reads it: amounts in the major unit, shares in percent, times in the brand's zone."""
    match cell:
        case None:
            return "—"
        case Money():
            return units.shown(cell.minor, units.money(cell.currency), language)
        case Proportion():
            return units.shown(cell.bps, units.RATE, language)
        case Named():
            return cell.text
        case datetime():
            return f"{cell.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        case int():
            return f"{cell:,}"
    return cell


def as_builtins(report: Report) -> dict[str, Any]:
    """The report for a program: amounts in the minor unit, shares in bps, times in UTC, rows by table and number."""
    return {
        "brand": report.slug,
        "language": report.language,
        "made_at": _value(report.made_at),
        "verdicts": {verdict.value: report.count(verdict) for verdict in Verdict},
        "points": [_point(point) for point in report.points],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "key": point.key,
        "verdict": point.verdict.value,
        "title": point.title,
        "says": point.says,
        "source": point.source,
        "stands": point.stands,
        "figures": [{"title": title, "value": _value(cell)} for title, cell in point.figures],
        "evidence": [_table(table) for table in point.evidence],
    }


def _table(table: ReportTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [[_value(cell) for cell in row] for row in table.rows],
    }


def _value(cell: Cell) -> Any:
    match cell:
        case Money():
            return {"amount_minor": cell.minor, "currency": cell.currency}
        case Proportion():
            return {"bps": cell.bps}
        case Named():
            return {"table": cell.table, "row": cell.pk, "text": cell.text}
        case datetime():
            return cell.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
    return cell
