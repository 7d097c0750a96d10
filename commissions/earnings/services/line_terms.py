"""The terms of lines: which rule applies, what every part earns by it, and what campaigns pay on top."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from accounts.brands.models import Brand
from commissions.earnings.domain.refusals import BudgetExceeded
from commissions.earnings.models.commissions import BonusTerms, LineTerms, MissedBonus
from commissions.earnings.selectors.crediting import LineToCredit, PlanInForce, plans_for, plans_of
from commissions.earnings.services.accruals import Accrual, accrue
from commissions.plans.domain.bonuses import fit
from commissions.plans.domain.rates import Terms, earnings, shared_earnings, total_cap
from commissions.plans.domain.rules import Circumstances, RuleTerms, verdicts
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.policies import PayPolicy
from foundation.money.allocation import largest_remainder
from foundation.postgres.bulk import copy_in
from foundation.texts.messages import Message

TERMS_COLUMNS = ["line_id", "plan_id", "rule_id", "protected_from_id", "decision_id", "compared"]
TERMS_COLUMNS += ["rate_bps", "fixed_minor", "override_bps", "cap_minor", "total_cap_bps"]  # the terms, in their order
KEEP_DECISIONS = """
INSERT INTO commissions_decision (brand_id, digest, seen, verdicts)
SELECT %s, digest, seen::jsonb, verdicts::jsonb FROM unnest(%s::text[], %s::text[], %s::text[]) AS made(digest, seen, verdicts)
ORDER BY digest ON CONFLICT DO NOTHING
"""


class RuleDecision(NamedTuple):
    """The rule of a plan that applies to lines that look alike, if any, and the digest of the decision's row."""

    plan: PlanInForce
    rule: RuleTerms | None
    digest: str


class Decisions:
    """Decisions of one brand, each made once and saved as a row. What was saved counts as there once it is committed;
    until then a transaction, or a part of one, that begins anew calls `reset`."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.made: dict[tuple[object, ...], RuleDecision] = {}
        self.unsaved: dict[str, tuple[str, str]] = {}
        self.committed: dict[str, int] = {}
        self.reset()

    def reset(self) -> None:
        """Forget what was saved and is not committed: it may have been rolled back."""
        self.ids = dict(self.committed)

    def of(self, plan: PlanInForce, line: LineToCredit) -> RuleDecision:
        standing = line.standing
        key = (plan.id, line.sku, line.category, standing.tiers, standing.channels, standing.is_new)
        if key not in self.made:
            self.made[key] = self._decide(
                plan, Circumstances(line.sku, line.category, standing.tiers, standing.channels, standing.customer)
            )
        return self.made[key]

    def _decide(self, plan: PlanInForce, circumstances: Circumstances) -> RuleDecision:
        """Look at every rule of the plan; what was looked at and why each won or lost is what an explanation shows."""
        judged = verdicts(plan.rules, circumstances)
        looked_at = {
            "plan": plan.key, "version": plan.version, "sku": circumstances.sku, "category": circumstances.category,
            "tiers": sorted(circumstances.tiers), "channels": sorted(circumstances.channels),
            "customer": circumstances.customer,
        }  # fmt: skip
        reasons = [
            {"rule": rule.id, "position": rule.position + 1, "verdict": verdict}
            for rule, verdict in zip(plan.rules, judged, strict=True)
        ]
        texts = json.dumps(looked_at, sort_keys=True), json.dumps(reasons)
        digest = blake2b("".join(texts).encode(), digest_size=16).hexdigest()
        if digest not in self.committed:
            self.unsaved[digest] = texts
        return RuleDecision(
            plan,
            next((rule for rule, verdict in zip(plan.rules, judged, strict=True) if verdict == "won"), None),
            digest,
        )

    def save(self) -> None:
        """Write the decisions that are not there yet. Key: (brand, digest)."""
        unsaved = {digest: texts for digest, texts in self.unsaved.items() if digest not in self.ids}
        if not unsaved:
            return
        digests = list(unsaved)
        with connection.cursor() as cursor:
            cursor.execute(
                KEEP_DECISIONS,
                [
                    self.brand.pk,
                    digests,
                    [looked_at for looked_at, _ in unsaved.values()],
                    [reasons for _, reasons in unsaved.values()],
                ],
            )
            cursor.execute(
                "SELECT digest, id FROM commissions_decision WHERE brand_id = %s AND digest = ANY(%s)",
                [self.brand.pk, digests],
            )
            saved = dict(cursor.fetchall())
        self.ids |= saved
        transaction.on_commit(partial(self._keep, saved))

    def _keep(self, saved: dict[str, int]) -> None:
        self.committed |= saved
        for digest in saved:
            self.unsaved.pop(digest, None)


class LineResult(NamedTuple):
    """What applies to one line: the decision, the terms, what each part earns at both levels, and the plan whose lower
    rate waits, if one does."""

    decided: RuleDecision | None
    terms: Terms
    firsts: list[int]
    seconds: list[int]
    protected_from: int | None = None
    compared: tuple[str, ...] = ()
    """The digests of the decisions of the other plans that were looked at."""


@dataclass(slots=True)
class CommissionRun:
    """What credited lines come to, before it is written. The caller holds the book."""

    brand: Brand
    policy: PayPolicy
    decisions: Decisions
    plans: Sequence[PlanInForce] = ()
    campaigns: list[Campaign] = field(default_factory=list)
    terms_rows: list[tuple[int | None, ...]] = field(default_factory=list)
    digests: list[tuple[str, tuple[str, ...]] | None] = field(default_factory=list)
    earned: list[Accrual] = field(default_factory=list)
    bonuses: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    missed: list[MissedBonus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plans = plans_of(self.brand)
        self.campaigns = list(
            Campaign.objects.filter(brand=self.brand).exclude(kind=Campaign.Kind.STEPS).order_by("pk")
        )

    def add_order(self, lines: Sequence[LineToCredit], *, is_whole: bool = True) -> None:
        """Find the terms of an order's lines and what each part earns; with `is_whole` also what campaigns pay on
        top."""
        standing = lines[0].standing
        campaigns = [
            campaign
            for campaign in self.campaigns
            if is_whole
            and campaign.starts_at <= standing.paid_at
            and (campaign.ends_at is None or standing.paid_at < campaign.ends_at)
        ]
        results = [self._add_line(line) for line in lines]
        rooms = [
            total_cap(result.terms, line.base_minor) - sum(result.firsts) - sum(result.seconds)
            for line, result in zip(lines, results, strict=True)
        ]
        for campaign in campaigns:
            for place, (line, amount) in enumerate(zip(lines, _bonuses(campaign, lines), strict=True)):
                rooms[place] -= self._promise(campaign, line, amount, rooms[place])

    def _add_line(self, line: LineToCredit) -> LineResult:
        result = self.terms_of(line)
        decided, terms = result.decided, result.terms
        rule = decided.rule if decided else None
        self.terms_rows.append(
            (
                line.id,
                decided.plan.id if decided else None,
                rule.id if rule else None,
                result.protected_from,
                None,
                None,
                *terms,
            )
        )
        self.digests.append((decided.digest, result.compared) if decided else None)
        for credit, first, second in zip(line.standing.credits, result.firsts, result.seconds, strict=True):
            if first:
                self.earned.append(Accrual(line.id, 1, credit.koc, first, credit.id))
            if second and credit.sponsor:
                self.earned.append(Accrual(line.id, 2, credit.sponsor, second, credit.id))
        return result

    def terms_of(self, line: LineToCredit) -> LineResult:
        """The plan in force applies, unless an older one that still protects the share pays level 1 more: then that one
        does."""
        plans = plans_for(self.plans, line.standing, days=self.policy.rate_protection_days)
        if not plans:
            return self._result(None, line)
        best = self._result(plans[0], line)
        if len(plans) == 1:
            return best
        looked_at = [best]
        for older in plans[1:]:
            other = self._result(older, line)
            looked_at.append(other)
            if sum(other.firsts) > sum(best.firsts):
                best = other._replace(protected_from=plans[0].id)
        return best._replace(
            compared=tuple(
                result.decided.digest for result in looked_at if result.decided and result.decided != best.decided
            )
        )

    def _result(self, plan: PlanInForce | None, line: LineToCredit) -> LineResult:
        decided = self.decisions.of(plan, line) if plan else None
        rule, cap = decided.rule if decided else None, self.policy.total_cap_bps
        terms = (
            Terms(rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor, cap)
            if rule
            else Terms(None, None, 0, None, cap)
        )
        credits = line.standing.credits
        if len(credits) == 1:
            part, base = credits[0].part, line.base_minor
            first, second = earnings(
                terms, multiplier_bps=part.multiplier_bps, base_minor=base, left_minor=base, quantity=line.quantity
            )
            return LineResult(decided, terms, [first], [second if part.has_sponsor else 0])
        parts = [credit.part for credit in credits]
        return LineResult(
            decided,
            terms,
            *shared_earnings(
                terms, parts, base_minor=line.base_minor, left_minor=line.base_minor, quantity=line.quantity
            ),
        )

    def _promise(self, campaign: Campaign, line: LineToCredit, amount: int, room: int) -> int:
        """Give each credited KOC their part of a bonus, as far as the line's total cap and the campaign's budget have room;
        returns what was given."""
        credits = line.standing.credits
        parts = largest_remainder(amount, [credit.part.credit_bps for credit in credits])
        given, left = 0, room
        for credit, whole, part in zip(credits, parts, fit(parts, room), strict=True):
            if granted := min(part, campaign.budget_minor - campaign.reserved_minor):
                campaign.reserved_minor += granted
                self.bonuses[len(self.earned)] = (line.base_minor, whole, left)
                given += granted
                self.earned.append(Accrual(line.id, 1, credit.koc, granted, credit.id, campaign.pk))
            elif whole:
                self.missed.append(missed_bonus(line.id, credit.id, campaign.pk, whole, part))
            left -= part
        return given

    def write_terms(self) -> None:
        """Save decisions and terms. Key: the line, so the same terms again raise IntegrityError."""
        self.decisions.save()
        ids = self.decisions.ids
        place = TERMS_COLUMNS.index("decision_id")
        rows = (
            (
                *row[:place],
                ids[digests[0]] if digests else None,
                [ids[digest] for digest in digests[1]] if digests and digests[1] else None,
                *row[place + 2 :],
            )
            for row, digests in zip(self.terms_rows, self.digests, strict=True)
        )
        copy_in(LineTerms, TERMS_COLUMNS, rows)

    def write(self, *, at: datetime) -> None:
        """Save decisions and terms, make the commissions and reserve what campaigns promised."""
        self.write_terms()
        made = accrue(brand=self.brand, earned=self.earned, at=at)
        promised: defaultdict[int, int] = defaultdict(int)
        terms = []
        for place, (base, whole, room) in self.bonuses.items():
            promise = self.earned[place]
            promised[promise.campaign or 0] += promise.amount_minor
            terms.append(
                BonusTerms(
                    commission_id=made[place],
                    base_minor=base,
                    fixed_minor=whole,
                    room_minor=room,
                    granted_minor=promise.amount_minor,
                )
            )
        BonusTerms.objects.bulk_create(terms, batch_size=1000)
        MissedBonus.objects.bulk_create(self.missed, batch_size=1000)
        for campaign, amount in promised.items():
            reserve(campaign, amount)


def _bonuses(campaign: Campaign, lines: Sequence[LineToCredit]) -> list[int]:
    """What a campaign pays for each line of an order, before total cap and budget."""
    fixed = campaign.fixed_minor or 0
    if campaign.kind == Campaign.Kind.BOUNTY:
        return [fixed * line.quantity if not campaign.skus or line.sku in campaign.skus else 0 for line in lines]
    weights = [line.base_minor if not campaign.skus or line.sku in campaign.skus else 0 for line in lines]
    return largest_remainder(fixed, weights) if lines[0].standing.is_new and any(weights) else [0] * len(lines)


def missed_bonus(line: int, credit: int, campaign: int, amount_minor: int, fitting_minor: int) -> MissedBonus:
    """A bonus that came to nothing, to be kept: where nothing of it fitted under the total cap that is why, else the
    budget."""
    because = MissedBonus.Because.BUDGET if fitting_minor else MissedBonus.Because.GUARD
    return MissedBonus(line_id=line, credit_id=credit, campaign_id=campaign, amount_minor=amount_minor, because=because)


def reserve(campaign: int, amount_minor: int) -> None:
    """Take an amount off a campaign's budget, or give it back when negative: by compare-and-set, so that it is never
    exceeded. Raises BudgetExceeded."""
    changed = Campaign.objects.filter(
        pk=campaign, reserved_minor__lte=F("budget_minor") - amount_minor, reserved_minor__gte=-amount_minor
    )
    if changed.update(reserved_minor=F("reserved_minor") + amount_minor) != 1:
        raise BudgetExceeded(
            Message("campaign %(campaign)s has no %(amount_minor)s left", campaign=campaign, amount_minor=amount_minor)
        )
