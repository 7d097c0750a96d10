"""A mean of amounts, with where it lies."""

import math
from typing import NamedTuple

Z_95 = 1.959963984540054  # two-sided 95 %
FEWEST = 30
"""of fewer amounts the mean is not near enough to normal for an interval to say anything"""


class Mean(NamedTuple):
    """A mean, and where it lies with 95 % confidence; of fewer than `FEWEST` amounts that is not known."""

    value: float
    low: float | None
    high: float | None


def mean_of(count: int, total: int, squares: int) -> Mean | None:
    """The mean of `count` amounts, none of them negative, from their sum and the sum of their squares; none of no
    amount.

    The interval is x̄ ± z·s/√n with s² = (Σx² − (Σx)²/n)/(n − 1), and does not go below 0. The sums are whole numbers,
    so that nothing is lost where they are large and near each other."""
    if count == 0:
        return None
    value = total / count
    if count < FEWEST:
        return Mean(value, None, None)
    variance = (count * squares - total * total) / (count * (count - 1))
    spread = Z_95 * math.sqrt(max(variance, 0.0) / count)
    return Mean(value, max(value - spread, 0.0), value + spread)
