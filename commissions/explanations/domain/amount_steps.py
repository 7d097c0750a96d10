"""The steps of one amount: what was sold, who is credited with it, by which plan and rule or campaign it is paid, and
what that comes to, when it was made and now."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from commissions.explanations.domain.records import (
    BonusRecord,
    CampaignRecord,
    CommissionRecord,
    CreditRecord,
    DecisionRecord,
    LineRecord,
    MissedBonusRecord,
    OrderRecord,
    PlanRecord,
    RuleRecord,
    SoldLineRecord,
    TermsRecord,
    VersionRecord,
)
from commissions.explanations.domain.rule_verdicts import winner_of
from commissions.explanations.domain.steps import Basis, Step, bonus_steps, bonus_steps_now, level_steps, levels
from commissions.plans.domain.rates import Terms


class Entitlement(NamedTuple):
    """What a part of the credit may be paid for a line: by the plan at a level, or by a campaign on top. `commission` is
    None where it came to nothing; a bonus that did is `missed`."""

    credit: CreditRecord
    level: int
    commission: CommissionRecord | None
    missed: MissedBonusRecord | None = None

    @property
    def bonus(self) -> BonusRecord | None:
        return self.commission.bonus if self.commission else None

    @property
    def campaign(self) -> CampaignRecord | None:
        promised = self.missed or self.bonus
        return promised.campaign if promised else None


# How an amount came about.


def steps_of(order: OrderRecord, line: LineRecord, terms: TermsRecord, entitled: Entitlement) -> list[Step]:
    """The steps to the first amount: by the line as it was when the order was credited, or when a refund or an amendment
    created the commission."""
    sold, basis = _start(order, line, entitled.commission)
    steps = [sold_step(sold), credit_step(order, entitled.credit)]
    if entitled.missed is not None:
        return [*steps, _campaign_step(entitled.missed.campaign), _missed_step(entitled.missed)]
    if (bonus := entitled.bonus) is not None:
        promised = bonus_steps(bonus.bonus, left_minor=bonus.bonus.base_minor, room_minor=bonus.room_minor)
        return [*steps, _campaign_step(bonus.campaign), *promised]
    steps += _plan_steps(order, terms, basis)
    if terms.rule is None:
        return steps
    if entitled.commission is not None and basis.left_minor < basis.base_minor:
        steps.append(_left_step(basis))
    return steps + _level_steps(order, terms.terms, basis, entitled.credit, entitled.level)


def steps_now(
    order: OrderRecord, line: LineRecord, terms: TermsRecord, credit: CreditRecord, commission: CommissionRecord
) -> list[Step]:
    """The steps to what a commission is worth on what is left of its line."""
    if commission.is_void:
        return [Step("void", {"amount_minor": 0})]
    basis = _basis_now(order, line)
    steps = [_left_step(basis)]
    if (bonus := commission.bonus) is None:
        return steps + _level_steps(order, terms.terms, basis, credit, commission.level)
    earlier = [made.bonus.bonus for made in line.commissions if made.bonus and made.id < commission.id]
    parts = [credit.part for credit in order.credits]
    return steps + bonus_steps_now(terms.terms, parts, basis, [*earlier, bonus.bonus], commission.net_minor)


def _start(order: OrderRecord, line: LineRecord, commission: CommissionRecord | None) -> tuple[SoldLineRecord, Basis]:
    version = next(
        (version for version in order.versions if commission is not None and version.id == commission.version),
        order.first_version,
    )
    sold = _sold(version, line)
    if sold is None:  # an amendment added the line, and it never had a commission
        return line.sold, _basis_now(order, line)
    left_minor = commission.left_minor if commission is not None else None
    return sold, Basis(sold.base_minor, sold.base_minor if left_minor is None else left_minor, sold.quantity)


def _sold(version: VersionRecord | None, line: LineRecord) -> SoldLineRecord | None:
    """A line in a version of the order, or as it is now where there is no version; None when the version does not have
    it."""
    return line.sold if version is None else dict(version.lines).get(line.key)


def _basis_now(order: OrderRecord, line: LineRecord) -> Basis:
    """What is left of a line after all applied versions and refunds."""
    sold = _sold(order.versions[-1] if order.versions else None, line)
    base, quantity = (sold.base_minor, sold.quantity) if sold else (0, 0)
    return Basis(base, max(0, base - line.refunded_minor), quantity)


def first_sold(order: OrderRecord, line: LineRecord) -> Step:
    """What was sold by the version by which the order was credited; as it is now where an amendment added the line."""
    return sold_step(_sold(order.first_version, line) or line.sold)


def sold_step(sold: SoldLineRecord) -> Step:
    """What was sold: pieces × price, less the line's own discount and its part of the order's. A line that is no goods earns
    nothing, and may be a discount itself."""
    gross_minor = sold.quantity * sold.unit_price_minor
    if not sold.is_goods:
        asked = {"quantity": sold.quantity, "unit_price_minor": sold.unit_price_minor, "gross_minor": gross_minor}
        return Step("no_goods", asked)
    return Step(
        "base",
        {
            "quantity": sold.quantity,
            "unit_price_minor": sold.unit_price_minor,
            "gross_minor": gross_minor,
            "discount_minor": sold.discount_minor,
            "order_discount_minor": gross_minor - sold.discount_minor - sold.base_minor,
            "base_minor": sold.base_minor,
        },
    )


def credit_step(order: OrderRecord, credit: CreditRecord | None) -> Step:
    """Whom the order is credited to, and by what; for the whole order, or for one part of the credit."""
    evidence = order.seen
    values: dict[str, Any] = {"how": order.credit or "unanswered"}
    values |= _not_none(
        model=evidence.model,
        window_days=evidence.window_days,
        visits=evidence.visits,
        visited_at=evidence.visited_at,
        why=evidence.why,
        is_unreadable=evidence.is_unreadable or None,
        is_known=evidence.is_known or None,
    )
    if bound := evidence.bound:
        values["bound"] = {"by": bound.by, "since": bound.since, "until": bound.until}
    if coupon := evidence.coupon:
        values["coupon"] = _not_none(code=coupon.code, lacks=coupon.lacks)
    if credit is not None:
        values |= {"credit_bps": credit.part.credit_bps, "koc": credit.koc.name, "share": credit.share_code}
        values |= _not_none(touches=evidence.touches.count(credit.koc.id) or None)
    else:
        values |= _not_none(koc=order.would_be)
    return Step("credit", values)


def _not_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plan_steps(order: OrderRecord, terms_record: TermsRecord, basis: Basis) -> list[Step]:
    """Which plan and which rule apply; where several plans were compared, what level 1 would be by each."""
    if terms_record.plan is None:
        return [Step("no_plan", {"amount_minor": 0})]
    values = _plan_values(terms_record.plan)
    if terms_record.compared:
        values["level_1_minor"] = _level_1(order, terms_record.rule, terms_record, basis)
        values["others"] = [_other_plan(order, decision, terms_record, basis) for decision in terms_record.compared]
    if (protected := terms_record.protected_from) is not None:
        values |= {"protected_from": protected.key, "protected_from_version": protected.version}
    if terms_record.rule is None:
        return [Step("plan", values), Step("no_rule", {"amount_minor": 0})]
    terms = terms_record.terms
    pays = {
        "rate_bps": terms.rate_bps,
        "fixed_minor": terms.fixed_minor,
        "override_bps": terms.override_bps,
        "cap_minor": terms.cap_minor,
    }
    return [Step("plan", values), Step("rule", {"rule": terms_record.rule.position + 1} | pays)]


def _plan_values(plan: PlanRecord) -> dict[str, Any]:
    return {"plan": plan.key, "version": plan.version}


def _other_plan(
    order: OrderRecord, decision: DecisionRecord, terms_record: TermsRecord, basis: Basis
) -> Mapping[str, str | int]:
    level_1_minor = _level_1(order, winner_of(decision), terms_record, basis)
    return {"plan": decision.plan, "version": decision.version, "level_1_minor": level_1_minor}


def _level_1(order: OrderRecord, rule: RuleRecord | None, terms_record: TermsRecord, basis: Basis) -> int:
    """What level 1 of the line comes to by a plan's winning rule."""
    if rule is None:
        return 0
    terms = Terms(rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor, terms_record.terms.total_cap_bps)
    return sum(levels(terms, [credit.part for credit in order.credits], basis)[0].given)


def _campaign_step(campaign: CampaignRecord) -> Step:
    return Step("campaign", {"campaign": campaign.name or campaign.key, "kind": campaign.kind})


def _missed_step(missed: MissedBonusRecord) -> Step:
    code = "bonus_guard" if missed.because == "guard" else "budget"
    return Step(code, {"whole_minor": missed.amount_minor, "amount_minor": 0, "is_cut": True})


def _level_steps(order: OrderRecord, terms: Terms, basis: Basis, credit: CreditRecord, level: int) -> list[Step]:
    """The steps of a level with details of the KOC: the tier of a multiplier, and why nobody is paid level 2."""
    details = {"multiplier": {"tier": credit.tier}, "no_level_2": {"why": credit.no_level_2 or "unknown"}}
    parts, place = [credit.part for credit in order.credits], order.credits.index(credit)
    steps = level_steps(terms, parts, basis, level=level, place=place)
    return [Step(step.code, {**step.values, **details.get(step.code, {})}) for step in steps]


def _left_step(basis: Basis) -> Step:
    refunded = basis.base_minor - basis.left_minor
    return Step("left", {"base_minor": basis.base_minor, "refunded_minor": refunded, "left_minor": basis.left_minor})
