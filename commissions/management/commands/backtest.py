import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from commissions.planning.domain.drafts import read_draft
from commissions.planning.domain.report import COLUMNS, Backtest, Cost, OfKoc, percent, rows
from commissions.planning.rendering.pictures import backtest_picture
from commissions.planning.selectors.backtest import Span, tier_names
from commissions.planning.services.backtest import run_backtest
from foundation.files.exported_cells import harmless
from foundation.files.faults import Refusal
from foundation.files.yaml_files import whole
from foundation.money.amounts import major, shown
from foundation.terminal.arguments import open_lines, save_picture, save_text
from foundation.terminal.bars import progress_bar
from foundation.terminal.tables import aligned

SHOWN = 10


class Command(BrandCommand):
    help = (
        "What the orders of a span would have cost under a draft plan, beside what they did cost. Nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--plan",
            required=True,
            metavar="FILE.yaml",
            help="`rules:` as in brand.yaml, or a whole one with one plan; - reads standard input",
        )
        parser.add_argument(
            "--from",
            required=True,
            metavar="DATE",
            dest="first_day",
            help="orders paid on this day or later, in the brand's zone",
        )
        parser.add_argument("--to", required=True, metavar="DATE", dest="day_after", help="… and before this day")
        parser.add_argument(
            "--format", choices=["table", "csv", "json"], default="table", help="csv and json name every KOC"
        )
        parser.add_argument("--out", metavar="FILE", help="default: standard output")
        parser.add_argument(
            "--plot", metavar="FILE.png", help="also draw it: cost by tier, and how far KOCs gain and lose"
        )

    def handle(
        self,
        *,
        brand: Brand,
        plan: str,
        first_day: str,
        day_after: str,
        format: str,
        out: str | None,
        plot: str | None,
        **options: Any,
    ) -> None:
        span = Span(brand, _day("--from", first_day), _day("--to", day_after))
        if span.first_day >= span.day_after:
            raise Refusal(f"--to: {day_after} is not after {first_day}")
        with open_lines(plan) as lines:
            draft = read_draft(whole(lines), plan, tiers=tier_names(span.brand))
        with progress_bar("blocks") as bar:
            backtest = run_backtest(span=span, draft=draft, progress=bar)
        text = {"table": as_table, "csv": as_csv, "json": as_json}[format](backtest)
        if out:
            save_text(text, out)
        else:
            self.stdout.write(text, ending="")
        if plot:
            save_picture(backtest_picture(backtest), plot)
        # A file must hold nothing but its rows, so for the machine formats the count goes to standard error.
        (self.stdout if out or format == "table" else self.stderr).write(_closing(backtest))


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{option}: {text} is not a date (YYYY-MM-DD)") from None


def _closing(backtest: Backtest) -> str:
    actual, draft = (shown(cost.total_minor, backtest.currency) for cost in (backtest.actual_cost, backtest.draft_cost))
    return (
        f"backtest: {backtest.lines} lines of {backtest.orders_credited} orders, {len(backtest.kocs)} KOCs,"
        f" actual {actual}, draft {draft}, difference {shown(backtest.difference_minor, backtest.currency)}"
    )


def as_csv(backtest: Backtest) -> str:
    """RFC 4180: one row per total, tier, rule and KOC; amounts in the major unit."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows(backtest):
        amounts = ("" if amount is None else major(amount, backtest.digits) for amount in row.amounts())
        writer.writerow(
            [row.part, harmless(row.key), harmless(row.name), "" if row.lines is None else row.lines, *amounts]
        )
    return text.getvalue()


def as_json(backtest: Backtest) -> str:
    """Everything, with amounts in the minor unit."""
    shares = {
        "actual_share_bps": backtest.share_bps(backtest.actual_cost),
        "draft_share_bps": backtest.share_bps(backtest.draft_cost),
    }
    return (
        json.dumps(
            asdict(backtest) | {"difference_minor": backtest.difference_minor} | shares,
            default=str,
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def as_table(backtest: Backtest) -> str:
    return "\n".join(_lines(backtest)) + "\n"


def _lines(backtest: Backtest) -> Iterator[str]:
    yield f"{backtest.brand}: plan {backtest.draft} over orders paid from {backtest.first_day} to before {backtest.day_after}, {backtest.currency}"
    yield ""
    yield f"orders     {backtest.orders:,}, of which credited {backtest.orders_credited:,}" + _not_credited(backtest)
    yield f"GMV        {_major(backtest, backtest.gmv_minor)}, of which credited {_major(backtest, backtest.gmv_credited_minor)}"
    yield f"guard cut  {backtest.guard.lines:,} lines by {_major(backtest, backtest.guard.amount_minor)}"
    yield f"caps cut   {backtest.cap.lines:,} lines by {_major(backtest, backtest.cap.amount_minor)}"
    if backtest.bonuses_minor:
        yield f"bonuses    {_major(backtest, backtest.bonuses_minor)} of campaigns were paid on top; they are in no other figure"
    yield ""
    yield from aligned(_costs(backtest))
    yield ""
    yield from aligned([["rule of the draft", "lines", "GMV", "draft"], *_rule_rows(backtest)])
    for title, kocs in (("who gains most", backtest.gainers(SHOWN)), ("who loses most", backtest.losers(SHOWN))):
        if kocs:
            yield ""
            yield from aligned(
                [[title, "lines", "actual", "draft", "difference"], *(_koc_row(backtest, koc) for koc in kocs)]
            )
    yield ""


def _not_credited(backtest: Backtest) -> str:
    return f"; {backtest.orders_unanswered:,} not answered yet are left out" if backtest.orders_unanswered else ""


def _costs(backtest: Backtest) -> Iterator[list[str]]:
    yield ["", "credits", "actual level 1", "level 2", "draft level 1", "level 2", "difference", "share of GMV"]
    for tier in backtest.tiers:
        yield [f"{tier.tier} {tier.name}", f"{tier.parts:,}", *_cost_cells(backtest, tier.actual, tier.draft), ""]
    shares = " → ".join(
        "–" if share is None else percent(share)
        for share in map(backtest.share_bps, (backtest.actual_cost, backtest.draft_cost))
    )
    yield [
        "all",
        f"{sum(tier.parts for tier in backtest.tiers):,}",
        *_cost_cells(backtest, backtest.actual_cost, backtest.draft_cost),
        shares,
    ]


def _cost_cells(backtest: Backtest, actual: Cost, draft: Cost) -> list[str]:
    amounts = (
        actual.level1_minor,
        actual.level2_minor,
        draft.level1_minor,
        draft.level2_minor,
        draft.total_minor - actual.total_minor,
    )
    return [_major(backtest, amount) for amount in amounts]


def _rule_rows(backtest: Backtest) -> Iterator[list[str]]:
    for rule in backtest.rules:
        place = "" if rule.place is None else f"{rule.place}. "
        yield [
            place + rule.says,
            f"{rule.lines:,}",
            _major(backtest, rule.left_minor),
            _major(backtest, rule.draft.total_minor),
        ]


def _koc_row(backtest: Backtest, koc: OfKoc) -> list[str]:
    amounts = (koc.actual.total_minor, koc.draft.total_minor, koc.difference_minor)
    return [f"{koc.key} {koc.name}", f"{koc.lines:,}", *(_major(backtest, amount) for amount in amounts)]


def _major(backtest: Backtest, amount_minor: int) -> str:
    return shown(amount_minor, backtest.currency).removesuffix(f" {backtest.currency}")
