"""What a line earns: integers of the minor unit and basis points, one rounding, at the end (half up)."""

from collections.abc import Sequence
from typing import NamedTuple

BPS = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to a whole number, halves up. Both ≥ 0, denominator > 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def allot(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights by largest remainder; of equal remainders the earlier takes the unit.

    The parts sum to `amount`. All-zero weights get nothing unless the amount is 0 too: ValueError.
    """
    total = sum(weights)
    if not total:
        if amount:
            raise ValueError("nothing to spread an amount over")
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


class Terms(NamedTuple):
    """What was agreed for one line, frozen when it was answered. Exactly one of `rate_bps` and `fixed_minor` is set."""

    rate_bps: int | None
    fixed_minor: int | None
    multiplier_bps: int
    override_bps: int
    cap_minor: int | None
    total_cap_bps: int


def commission(base_minor: int, *, rate_bps: int, multiplier_bps: int = BPS) -> int:
    """What one line earns at one level: base × rate × multiplier, rounded half up once."""
    return half_up(base_minor * rate_bps * multiplier_bps, BPS * BPS)


def earnings(terms: Terms, *, base_minor: int, left_minor: int, quantity: int) -> tuple[int, int]:
    """Level 1 and level 2 of a line of which `left_minor` of `base_minor` was not refunded.

    A rate is taken of what is left; a fixed amount is scaled by left / base. `cap_minor` limits each level. Then the guard:
    both together at most floor(left × total_cap_bps / 10^4); level 2 gives way first, then level 1.
    """
    if terms.fixed_minor is not None:
        level1 = half_up(terms.fixed_minor * quantity * left_minor, base_minor) if base_minor else 0
    else:
        level1 = commission(left_minor, rate_bps=terms.rate_bps or 0, multiplier_bps=terms.multiplier_bps)
    level2 = commission(left_minor, rate_bps=terms.override_bps)
    if terms.cap_minor is not None:
        level1, level2 = min(level1, terms.cap_minor), min(level2, terms.cap_minor)
    guard = left_minor * terms.total_cap_bps // BPS
    level1 = min(level1, guard)
    return level1, min(level2, guard - level1)
