"""Whole numbers split into parts, with nothing lost."""

from collections.abc import Sequence


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
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
