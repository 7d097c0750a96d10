import pytest

from commissions.domain.rules import GUEST, NEW, RETURNING, Circumstances, Rule, winner

SEEN = Circumstances(sku="S1", category="skincare", tiers=frozenset({"seed"}), channels=frozenset({"moments"}), customer=NEW)


def rule(position: int, priority: int = 0, **conditions: object) -> Rule:
    return Rule(id=position, position=position, priority=priority, rate_bps=1000, **conditions)  # type: ignore[arg-type]


def won(*rules: Rule, seen: Circumstances = SEEN) -> int | None:
    best = winner(rules, seen)
    return best.position if best else None


def test_the_highest_priority_wins() -> None:
    assert won(rule(0, 5), rule(1, 10), rule(2, 7, skus=frozenset({"S1"}), customer=NEW)) == 1


def test_of_equal_priority_the_most_conditions_win() -> None:
    assert won(rule(0, skus=frozenset({"S1"})), rule(1, categories=frozenset({"skincare"}), channels=frozenset({"moments"}))) == 1


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
