"""Where an amount comes from: what was sold, who is credited with it, and by which plan and rule or campaign it is paid."""

from collections.abc import Mapping
from typing import Any

from commissions.explanations.domain.records import (
    CampaignRecord,
    CreditRecord,
    DecisionRecord,
    OrderRecord,
    PlanRecord,
    RuleRecord,
    SoldLineRecord,
    TermsRecord,
)
from commissions.explanations.domain.rule_verdicts import winner_of
from commissions.explanations.domain.steps import Basis, Step, levels
from commissions.plans.domain.rates import Terms


def sold_step(sold: SoldLineRecord) -> Step:
    """What was sold: pieces × price, less the line's own discount and its part of the order's."""
    gross_minor = sold.quantity * sold.unit_price_minor
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


def plan_steps(order: OrderRecord, terms_record: TermsRecord, basis: Basis) -> list[Step]:
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


def campaign_step(campaign: CampaignRecord) -> Step:
    return Step("campaign", {"campaign": campaign.name or campaign.key, "kind": campaign.kind})
