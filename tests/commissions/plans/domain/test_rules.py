import pytest

from commissions.plans.domain.rules import GUEST, NEW, RETURNING, Circumstances, RuleTerms, verdicts, winner

SEEN = Circumstances(
    sku="S1", category="skincare", tiers=frozenset({"seed"}), channels=frozenset({"moments"}), customer=NEW
)


def rule(position: int, priority: int = 0, **conditions: object) -> RuleTerms:
    return RuleTerms(id=position, position=position, priority=priority, rate_bps=1000, **conditions)  # type: ignore[arg-type]


def won(*rules: RuleTerms, seen: Circumstances = SEEN) -> int | None:
    best = winner(rules, seen)
    return best.position if best else None


def test_the_highest_priority_wins() -> None:
    assert won(rule(0, 5), rule(1, 10), rule(2, 7, skus=frozenset({"S1"}), customer=NEW)) == 1


def test_of_equal_priority_the_most_conditions_win() -> None:
    assert (
        won(
            rule(0, skus=frozenset({"S1"})),
            rule(1, categories=frozenset({"skincare"}), channels=frozenset({"moments"})),
        )
        == 1
    )


def test_of_equal_conditions_the_first_in_the_plan_wins() -> None:
    assert won(rule(0, skus=frozenset({"S1"})), rule(1, customer=NEW)) == 0


@pytest.mark.parametrize(
    "condition",
    [
        {"skus": frozenset({"S2"})},
        {"categories": frozenset({"hair"})},
        {"tiers": frozenset({"sprout"})},
        {"channels": frozenset({"douyin"})},
        {"customer": RETURNING},
    ],
)
def test_a_rule_with_one_condition_that_fails_is_out(condition: dict[str, object]) -> None:
    assert won(rule(0, 99, **({"skus": frozenset({"S1"})} | condition))) is None


def test_a_guest_is_neither_new_nor_returning() -> None:
    guest = SEEN._replace(customer=GUEST)
    assert won(rule(0, customer=NEW), rule(1, customer=RETURNING), seen=guest) is None
    assert won(rule(0, customer=NEW), rule(1), seen=guest) == 1


def test_an_order_without_a_share_has_no_channel() -> None:
    assert won(rule(0, channels=frozenset({"moments"})), seen=SEEN._replace(channels=frozenset({""}))) is None


def test_every_rule_of_a_plan_is_told_why_it_won_or_lost() -> None:
    """In the plan's order: what failed first, or what put the winner before it."""
    everything = {"skus": frozenset({"S1"}), "categories": frozenset({"skincare"}), "tiers": frozenset({"seed"})}
    everything |= {"channels": frozenset({"moments"})}
    plan = [
        rule(0, 9, skus=frozenset({"S2"})),
        rule(1, 9, categories=frozenset({"hair"}), tiers=frozenset({"sprout"})),
        rule(2, 9, tiers=frozenset({"sprout"}), channels=frozenset({"douyin"})),
        rule(3, 9, channels=frozenset({"douyin"}), customer=RETURNING),
        rule(4, 9, customer=RETURNING),
        rule(5, 3),
        rule(6, 5, skus=frozenset({"S1"})),
        rule(7, 5, **everything, customer=NEW),
        rule(8, 5, **everything, customer=NEW),
    ]
    assert verdicts(plan, SEEN) == [
        "sku", "category", "tier", "channel", "customer", "priority", "conditions", "won", "position",
    ]  # fmt: skip


def test_where_no_rule_holds_each_is_told_what_failed() -> None:
    assert verdicts([rule(0, customer=RETURNING), rule(1, skus=frozenset({"S2"}))], SEEN) == ["customer", "sku"]
    assert verdicts([], SEEN) == []


def test_where_several_are_credited_a_condition_must_hold_for_each() -> None:
    several = SEEN._replace(tiers=frozenset({"seed", "sprout"}), channels=frozenset({"moments", ""}))
    both = frozenset({"seed", "sprout"})
    assert verdicts(
        [rule(0, tiers=frozenset({"seed"})), rule(1, tiers=both), rule(2, channels=frozenset({"moments"}))], several
    ) == ["tier", "won", "channel"]


def test_a_plan_is_read_by_positions_not_by_the_order_in_which_rules_come() -> None:
    assert verdicts([rule(3), rule(1)], SEEN) == ["position", "won"]
