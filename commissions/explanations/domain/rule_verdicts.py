"""Every rule that was evaluated for a line, and why it won or lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from commissions.explanations.domain.records import DecisionRecord, RuleRecord, TermsRecord


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule of a plan and its verdict: `won`; the condition that failed; why another rule precedes it; or `outbid`:
    its plan lost to another. `position` counts from 1."""

    decision: DecisionRecord
    position: int
    verdict: str
    rule: RuleRecord
    winner: RuleRecord | None
    """the rule of the same plan that won"""


def rule_verdicts(terms: TermsRecord) -> list[RuleVerdict]:
    """The rules of the plan that applies, then those of the other plans that were compared, each in its plan's order;
    none where decisions were not stored yet."""
    if terms.decision is None:
        return []
    chosen = _of_decision(terms.decision, is_chosen=True)
    return [*chosen, *(verdict for other in terms.compared for verdict in _of_decision(other, is_chosen=False))]


def winner_of(decision: DecisionRecord) -> RuleRecord | None:
    """The rule of a plan that won, if any held."""
    return next((record.rule for record in decision.verdicts if record.verdict == "won"), None)


def _of_decision(decision: DecisionRecord, *, is_chosen: bool) -> Iterator[RuleVerdict]:
    winner = winner_of(decision)
    for record in decision.verdicts:
        verdict = "outbid" if record.verdict == "won" and not is_chosen else record.verdict
        yield RuleVerdict(decision, record.position, verdict, record.rule, winner)
