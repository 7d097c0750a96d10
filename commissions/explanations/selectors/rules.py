"""Every rule that was looked at for a line, and why it won or lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commissions.earnings.models.commissions import Decision, LineTerms
from commissions.explanations.domain.explanations import Basis, Step, levels
from commissions.explanations.selectors.facts import OrderFacts
from commissions.plans.domain.rates import Terms
from commissions.plans.models.plans import Rule


@dataclass(frozen=True, slots=True)
class RuleLooked:
    """A rule of a plan and its verdict: `won`; the condition that failed; what put another before it; or `outbid`: its
    plan lost to another."""

    plan: str
    version: int
    position: int
    verdict: str
    rule: Rule
    seen: Mapping[str, Any]
    winner: Rule | None
    """the rule of the same plan that won"""


def rules_looked_at(facts: OrderFacts, answer: LineTerms) -> list[RuleLooked]:
    """The rules of the plan that spoke, then those of the other plans that were looked at, each in its plan's order;
    none where decisions were not kept yet."""
    if answer.decision_id is None:
        return []
    others = [facts.decisions[pk] for pk in answer.compared or ()]
    found = _of_decision(facts, facts.decisions[answer.decision_id], is_chosen=True)
    return found + [rule for other in others for rule in _of_decision(facts, other, is_chosen=False)]


def _of_decision(facts: OrderFacts, decision: Decision, *, is_chosen: bool) -> list[RuleLooked]:
    seen, winner = decision.seen, _winner(facts, decision)
    return [
        RuleLooked(
            plan=seen["plan"],
            version=seen["version"],
            position=said["position"],
            verdict="outbid" if said["verdict"] == "won" and not is_chosen else said["verdict"],
            rule=facts.rules[said["rule"]],
            seen=seen,
            winner=winner,
        )
        for said in decision.verdicts
    ]


def _winner(facts: OrderFacts, decision: Decision) -> Rule | None:
    return next((facts.rules[said["rule"]] for said in decision.verdicts if said["verdict"] == "won"), None)


def plan_steps(facts: OrderFacts, answer: LineTerms, basis: Basis) -> list[Step]:
    """Which plan and which rule spoke; where several plans were looked at, what level 1 would be by each."""
    if answer.plan is None:
        return [Step("no_plan", {"amount_minor": 0})]
    plan: dict[str, Any] = {"plan": answer.plan.key, "version": answer.plan.version}
    if answer.compared:
        plan |= {"level_1_minor": _level_1(facts, answer.rule, answer, basis), "others": _others(facts, answer, basis)}
    if answer.protected_from is not None:
        plan |= {"protected_from": answer.protected_from.key, "protected_from_version": answer.protected_from.version}
    if answer.rule is None:
        return [Step("plan", plan), Step("no_rule", {"amount_minor": 0})]
    pays = {
        "rate_bps": answer.rate_bps,
        "fixed_minor": answer.fixed_minor,
        "override_bps": answer.override_bps,
        "cap_minor": answer.cap_minor,
    }
    return [Step("plan", plan), Step("rule", {"rule": answer.rule.position + 1} | pays)]


def _others(facts: OrderFacts, answer: LineTerms, basis: Basis) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "plan": other.seen["plan"],
            "version": other.seen["version"],
            "level_1_minor": _level_1(facts, _winner(facts, other), answer, basis),
        }
        for other in (facts.decisions[pk] for pk in answer.compared or ())
    ]


def _level_1(facts: OrderFacts, rule: Rule | None, answer: LineTerms, basis: Basis) -> int:
    """What level 1 of the line comes to by a plan's winning rule."""
    if rule is None:
        return 0
    terms = Terms(rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor, answer.total_cap_bps)
    return sum(levels(terms, facts.parts, basis)[0].given)
