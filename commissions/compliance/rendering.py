"""The compliance report in words, in one language: for the command line, the admin, and paper."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from commissions.compliance.domain import verdicts
from commissions.compliance.domain.facts import (
    Disclosure,
    Earner,
    Facts,
    Fees,
    Flow,
    Levels,
    LevelTwo,
    LinePay,
    Recruiting,
    RetainedRecords,
)
from commissions.compliance.domain.report import Cell, Figure, Money, Point, Proportion, Report, ReportTable, plain
from commissions.compliance.domain.verdicts import Verdict
from commissions.compliance.selectors.figures import compliance_facts
from commissions.plans.domain.law import Entry, Law, law_on
from content.kits.models import Channel
from foundation.texts.amounts import percent


def compliance_report(brand: Brand, *, at: datetime, language: str) -> Report:
    """A brand's figures compared with the law of the day, with evidence."""
    facts, law = compliance_facts(brand), law_on(at.date())
    with translation.override(language):
        return Report(
            brand.slug, brand.name, language, at, brand.timezone, _Words(law, language, brand.currency).points(facts)
        )


def verdict_words() -> dict[Verdict, str]:
    return {Verdict.FINE: _("in order"), Verdict.LOOK: _("to be looked at"), Verdict.BROKEN: _("broken")}


def laid_out(report: Report, show: Callable[[Cell], str] | None = None) -> dict[str, Any]:
    """The report as a page shows it, every cell a text; `show` turns cells into links, where there is a page to link
    to."""
    words, cell_text = verdict_words(), show or (lambda cell: plain(cell, report.zone, report.language))
    return {
        "name": report.name,
        "slug": report.slug,
        "language": report.language,
        "made_at": plain(report.made_at, report.zone, report.language),
        "zone": report.zone,
        "points": [
            {
                "point": point,
                "words": words[point.verdict],
                "figures": [(title, cell_text(cell)) for title, cell in point.figures],
                "evidence": [
                    (table.title, table.columns, [[cell_text(cell) for cell in row] for row in table.rows])
                    for table in point.evidence
                ],
            }
            for point in report.points
        ],
        "verdicts": [(verdict.value, words[verdict], report.count(verdict)) for verdict in Verdict],
    }


Findings = tuple[str, list[Figure], list[ReportTable]]  # how it stands in a sentence, its figures, its evidence


class _Words:
    def __init__(self, law: Law, language: str, currency: str) -> None:
        self.law, self.language, self.currency = law, language, currency

    def points(self, facts: Facts) -> list[Point]:
        law, of_people = self.law, verdicts.of_people(facts.people, self.law)
        points = [
            ("people", of_people, _("People and levels"), law.criminal_people, self.people(facts, of_people)),
            ("levels", verdicts.of_levels(facts.levels, law), _("Paid levels"), law.paid_levels, self.levels(facts.levels)),
            ("level_2", verdicts.of_level_2_share(facts.level_2, law), _("Share of pay that is level 2"), law.level_2_share_bps, self.level_2(facts.level_2)),
            ("recruiting", verdicts.of_recruiting(facts.recruiting, law), _("Pay per recruit"), law.pay_per_recruit, self.recruiting(facts.recruiting)),
            ("line_pay", verdicts.of_line_pay(facts.line_pay, law), _("Highest pay of one line"), law.line_pay_bps, self.line_pay(facts.line_pay)),
            ("fees", verdicts.of_fees(facts.fees), _("Fees to join"), law.joining_fee, self.fees(facts.fees)),
            ("disclosure", verdicts.of_disclosure(facts.disclosure, law), _("Mark of advertising"), law.disclosure, self.disclosure(facts.disclosure)),
            ("retention", verdicts.of_kept(facts.kept), _("Keeping of records"), law.retention_years, self.retention(facts.kept)),
        ]  # fmt: skip
        return [
            Point(key, verdict, title, *self.law_text(entry), stands, figures, evidence)
            for key, verdict, title, entry, (stands, figures, evidence) in points
        ]

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def law_text(self, entry: Entry) -> tuple[str, str]:
        return entry.says.told_in(self.language).strip(), entry.source.told_in(self.language).strip()

    def people(self, facts: Facts, verdict: Verdict) -> Findings:
        people, line, deep = facts.people, self.law.criminal_people.number, self.law.criminal_levels.number
        stands = (
            _(
                "Both numbers are reached. What counts then is that nobody is paid for recruiting, and how many levels are paid: the points below."
            )
            if verdict is Verdict.LOOK
            else _("The numbers are not both reached.")
        )
        figures: list[Figure] = [
            (_("Active members"), people.members),
            (_("People, the brand counted as organiser"), people.people),
            (_("Levels, the brand counted as the first"), people.levels),
            (_("People from which it is prosecuted"), line),
            (_("Levels from which it is prosecuted"), deep),
            (_("Levels that are paid"), facts.levels.paid_levels),
        ]
        depths = ReportTable(
            _("Members by depth in the referral tree"), [_("depth"), _("members")], list(enumerate(people.by_depth))
        )
        largest = [(tree.root, tree.people, tree.levels) for tree in people.largest]
        title = _("The largest of %(count)s trees, each counted from its first KOC") % {"count": people.trees}
        trees = ReportTable(title, ["KOC", _("people"), _("levels")], largest)
        return stands, figures, [depths, trees]

    def levels(self, levels: Levels) -> Findings:
        latest = levels.acknowledged[0] if levels.acknowledged else None
        stands = _("The policy pays one level.") if levels.paid_levels == 1 else _("The policy pays two levels.")
        figures: list[Figure] = [
            (_("Levels that are paid"), levels.paid_levels),
            (_("Highest level that was ever paid"), max([paid.level for paid in levels.paid], default=0)),
            (_("Second level acknowledged by"), latest.by if latest else None),
            (_("Acknowledged at"), latest.at if latest else None),
            (_("Version of the text that was read"), (latest.version or _("not recorded")) if latest else None),
        ]
        paid = [
            (level.level, level.commissions, level.kocs, self.money(level.net_minor), level.first_made_at)
            for level in levels.paid
        ]
        acknowledged = [
            (acknowledgement.by, acknowledgement.at, acknowledgement.version or _("not recorded"), acknowledgement.text)
            for acknowledgement in levels.acknowledged
        ]
        guards = [(guard.name, guard.says or _("not there")) for guard in levels.guards]
        evidence = [
            ReportTable(_("Pay by level"), [_("level"), _("commissions"), _("KOCs"), _("pay"), _("first made")], paid),
            ReportTable(
                _("Acknowledgements of the second level"),
                [_("who"), _("when"), _("version"), _("what was read")],
                acknowledged,
            ),
            ReportTable(_("What the database refuses"), [_("check"), _("demands")], guards),
        ]
        return stands, figures, evidence

    def level_2(self, level_2: LevelTwo) -> Findings:
        figures: list[Figure] = [
            (_("Pay at level 1"), self.money(level_2.level_1_minor)),
            (_("Pay at level 2"), self.money(level_2.level_2_minor)),
            (_("Share of level 2"), Proportion(level_2.share_bps)),
            (_("Grove's own line"), Proportion(self.law.level_2_share_bps.number)),
            (_("KOCs with more pay from level 2 than from own sales"), level_2.mostly_level_2),
        ]
        stands = _("Of all pay for sales, refunds taken off, %(share)s goes to sponsors.") % {
            "share": percent(level_2.share_bps)
        }
        evidence = [self._earners(_("Most pay from level 2"), level_2.largest)]
        return stands, figures, evidence

    def recruiting(self, recruiting: Recruiting) -> Findings:
        figures: list[Figure] = [
            (_("Members who were brought by another"), recruiting.recruits),
            (_("Pay per recruit"), self.money(recruiting.per_recruit_minor)),
            (_("Transfers without a sale, subsidy or write-off behind them"), recruiting.uncaused),
            (
                _("Subsidies that reached somebody within %(days)s days of joining") % {"days": recruiting.early_days},
                recruiting.early,
            ),
        ]
        stands = (
            _("Behind some transfers there is nothing that may pay.")
            if recruiting.uncaused
            else _(
                "Every transfer was followed to its sale, subsidy or write-off, or to a statement of these. Nothing was paid for a recruit."
            )
        )
        examples = [
            (example.transfer, example.reason, self.money(example.amount_minor), example.moved_at)
            for example in recruiting.examples
        ]
        evidence = [
            self._flows(_("Every movement of money by its reason"), recruiting.flows),
            ReportTable(
                _("Transfers without a cause"), [_("transfer"), _("reason"), _("amount"), _("moved at")], examples
            ),
            self._earners(_("Who brought most people, and what sales earned them"), recruiting.recruiters),
            self._early(recruiting),
        ]
        return stands, figures, evidence

    def line_pay(self, line_pay: LinePay) -> Findings:
        figures: list[Figure] = [
            (_("Highest pay of one line"), Proportion(line_pay.highest_bps)),
            (_("The brand's cap"), Proportion(line_pay.total_cap_bps)),
            (_("The line of the law, by analogy"), Proportion(self.law.line_pay_bps.number)),
            (_("Lines over the brand's cap of today"), line_pay.over_cap),
        ]
        stands = _("All pay of one order line next to what is left of its base after refunds.")
        bands = ["≤ 10 %", "10–20 %", "20–30 %", "> 30 %"]
        highest = [
            (line.order, line.line, self.money(line.base_minor), self.money(line.net_minor), Proportion(line.share_bps))
            for line in line_pay.highest
        ]
        evidence = [
            ReportTable(
                _("Lines by their pay"),
                [_("pay of the line"), _("lines")],
                list(zip(bands, line_pay.bands, strict=True)),
            ),
            ReportTable(
                _("Highest pay"), [_("order"), _("line"), _("base"), _("pay"), _("share of the base")], highest
            ),
        ]
        return stands, figures, evidence

    def fees(self, fees: Fees) -> Findings:
        stands = _(
            "Grove has no fee, deposit or purchase to join or to rise. KOCs' wallets hold what was earned or granted, and lose it only as below."
        )
        figures: list[Figure] = [
            (_("Fees that exist"), 0),
            (_("Transfers that took money from a KOC without such a reason"), fees.unexplained),
        ]
        evidence = [self._flows(_("What left the wallets of KOCs"), fees.taken)]
        return stands, figures, evidence

    def disclosure(self, disclosure: Disclosure) -> Findings:
        stands = _("The mark stands before the link in every text that a KOC gets to post. No setting switches it off.")
        figures: list[Figure] = [
            (_("The mark"), disclosure.mark),
            (_("Shares"), sum(sample.shares for sample in disclosure.samples)),
        ]
        labels = dict(Channel.choices)
        rows = [
            (str(labels.get(sample.channel, sample.channel)), sample.shares, sample.newest, sample.marked)
            for sample in disclosure.samples
        ]
        evidence = [
            ReportTable(
                _("The newest share of each channel"),
                [_("channel"), _("shares"), _("newest"), _("last line of its post")],
                rows,
            )
        ]
        return stands, figures, evidence

    def retention(self, records: list[RetainedRecords]) -> Findings:
        names = {
            "commissions_order": _("orders"),
            "commissions_orderline": _("order lines"),
            "commissions_commission": _("commissions"),
            "commissions_reversal": _("reversals"),
            "commissions_transfer": _("transfers"),
        }
        rows = [
            (names[record.table], record.rows, record.oldest, _("refuses") if record.is_locked else _("allows it"))
            for record in records
        ]
        evidence = [
            ReportTable(
                _("Records"), [_("record"), _("rows"), _("oldest"), _("what the database says to deleting one")], rows
            )
        ]
        figures: list[Figure] = [(_("Years that the law asks for"), self.law.retention_years.number)]
        stands = _("Records of sales and money are kept without an end.")
        return stands, figures, evidence

    def _earners(self, title: str, earners: list[Earner]) -> ReportTable:
        rows = [
            (earner.koc, earner.recruits, self.money(earner.level_1_minor), self.money(earner.level_2_minor))
            for earner in earners
        ]
        return ReportTable(title, ["KOC", _("brought"), _("pay from own sales"), _("pay from level 2")], rows)

    def _early(self, recruiting: Recruiting) -> ReportTable:
        """Nobody is paid for joining; what newcomers got is shown with their shares and orders by then."""
        kinds = {"grant": _("a grant"), "money": _("money"), "right": _("a right to hand on")}
        rows = [
            (
                gift.koc,
                gift.giver or _("the brand"),
                kinds[gift.kind],
                self.money(gift.amount_minor),
                gift.days,
                gift.shares,
                gift.orders,
            )
            for gift in recruiting.early_examples
        ]
        columns = ["KOC", _("from"), _("what"), _("amount"), _("days since joining"), _("shares"), _("orders")]
        return ReportTable(_("What newcomers got of subsidies"), columns, rows)

    def _flows(self, title: str, flows: list[Flow]) -> ReportTable:
        sides = {"brand": _("the brand"), "koc": _("a KOC"), "same": _("the same KOC")}
        origins = {
            "": _("nothing"),
            "sale": _("a sale"),
            "statement": _("a statement of such"),
            "subsidy": _("a subsidy"),
            "write_off": _("a write-off"),
        }
        rows = [
            (
                flow.label,
                sides[flow.giver],
                sides[flow.taker],
                origins.get(flow.cause, flow.cause),
                flow.transfers,
                self.money(flow.amount_minor),
            )
            for flow in flows
        ]
        return ReportTable(title, [_("reason"), _("from"), _("to"), _("comes from"), _("transfers"), _("amount")], rows)
