"""Every rule that was looked at for a line, and why it won or lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from commissions.explanations.domain.records import DecisionRecord, RuleRecord, TermsRecord


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule of a plan and its verdict: `won`; the condition that failed; what put another before it; or `outbid`: its
    plan lost to another. `position` counts from 1."""

    decision: DecisionRecord
    position: int
    verdict: str
    rule: RuleRecord
    winner: RuleRecord | None
    """the rule of the same plan that won"""


def rule_verdicts(terms: TermsRecord) -> list[RuleVerdict]:
    """The rules of the plan that applies, then those of the other plans that were looked at, each in its plan's order;
    none where decisions were not kept yet."""
    if terms.decision is None:
        return []
    chosen = _of_decision(terms.decision, is_chosen=True)
    return [*chosen, *(rule for other in terms.compared for rule in _of_decision(other, is_chosen=False))]


def winner_of(decision: DecisionRecord) -> RuleRecord | None:
    """The rule of a plan that won, if any held."""
    return next((judged.rule for judged in decision.verdicts if judged.verdict == "won"), None)


def _of_decision(decision: DecisionRecord, *, is_chosen: bool) -> Iterator[RuleVerdict]:
    winner = winner_of(decision)
    for judged in decision.verdicts:
        verdict = "outbid" if judged.verdict == "won" and not is_chosen else judged.verdict
        yield RuleVerdict(decision, judged.position, verdict, judged.rule, winner)
