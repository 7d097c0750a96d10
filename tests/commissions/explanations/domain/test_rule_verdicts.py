"""Every rule that was looked at, in the order in which it was."""

from commissions.explanations.domain.rule_verdicts import rule_verdicts
from tests.support.records.order_records import make_decision, make_rule, make_terms


def test_the_rules_of_the_plan_that_applies_stand_first_and_those_of_others_lose_to_it() -> None:
    terms = make_terms(decision=make_decision("new", "sku", "won"), compared=(make_decision("old", "won", "priority"),))
    assert [(judged.decision.plan, judged.position, judged.verdict) for judged in rule_verdicts(terms)] == [
        ("new", 1, "sku"), ("new", 2, "won"), ("old", 1, "outbid"), ("old", 2, "priority"),
    ]  # fmt: skip
    assert [judged.winner and judged.winner.position for judged in rule_verdicts(terms)] == [1, 1, 0, 0]


def test_where_no_rule_held_there_is_no_winner() -> None:
    [judged] = rule_verdicts(make_terms(decision=make_decision("base", "tier"), rule=None))
    assert (judged.rule.position, judged.winner) == (0, None)


def test_where_decisions_were_not_kept_no_rules_are_shown() -> None:
    assert rule_verdicts(make_terms(decision=None)) == []


def test_a_rule_counts_its_conditions() -> None:
    assert make_rule().conditions == 0
    assert make_rule(skus=("S1", "S2"), categories=("hair",)).conditions == 2
    assert make_rule(tiers=("gold",), channels=("moments",), customer="new").conditions == 3
