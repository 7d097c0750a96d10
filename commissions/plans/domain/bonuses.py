"""What a campaign pays on top of the plan, frozen when the bonus is created. Amounts in the minor unit."""

from collections.abc import Sequence
from typing import NamedTuple

from commissions.plans.domain.rates import BPS, half_up

Steps = Sequence[Sequence[int]]


class Bonus(NamedTuple):
    """A bonus for one KOC on one line: a fixed amount for the whole base, or the KOC's own base on steps, from the
    volume that the month had before it."""

    base_minor: int
    granted_minor: int
    fixed_minor: int | None = None
    own_base_minor: int | None = None
    from_minor: int | None = None
    steps: Steps = ()


def tiered_amount(steps: Steps, base_minor: int) -> int:
    """What a month's base earns on steps [[from_minor, rate_bps], …], the lowest first: the part above each mark earns
    its rate, marginally; rounded once.

    [[0, 100], [10000, 200]] and a base of 15000 → 100 + 100 = 200.
    """
    ends = [mark for mark, _ in steps[1:]] + [base_minor]
    earned = sum(max(0, min(base_minor, end) - start) * rate for (start, rate), end in zip(steps, ends, strict=False))
    return half_up(earned, BPS)


def worth(bonus: Bonus, left_minor: int) -> int:
    """The value of a bonus when `left_minor` of the line's base is left: in proportion, and never more than was
    granted; 0 when the base is 0.

    On steps the line keeps its place: what was sold since does not move it, so refunds commute and a full one leaves 0.
    """
    if not bonus.base_minor:
        return 0
    if bonus.from_minor is None:
        amount = half_up((bonus.fixed_minor or 0) * left_minor, bonus.base_minor)
    else:
        own_left = half_up((bonus.own_base_minor or 0) * left_minor, bonus.base_minor)
        amount = tiered_amount(bonus.steps, bonus.from_minor + own_left) - tiered_amount(bonus.steps, bonus.from_minor)
    return min(amount, bonus.granted_minor)


def fit(amounts: Sequence[int], room: int) -> list[int]:
    """Amounts one after another, each limited to the room that the earlier ones left: bonuses stay under the total
    cap."""
    fitted = []
    for amount in amounts:
        fitted.append(min(amount, max(0, room)))
        room -= fitted[-1]
    return fitted
