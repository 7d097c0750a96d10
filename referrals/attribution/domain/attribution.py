"""From touches to credit: which KOC gets how many basis points of an order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from foundation.money.allocation import largest_remainder

SHARED = ("linear", "position", "time_decay")
HALF_LIFE = timedelta(days=7)
_SCALE = 10**18


class Touch(NamedTuple):
    """A counted visit of a customer through a share of a KOC."""

    koc: int
    share: int
    visited_at: datetime


class Credit(NamedTuple):
    """A KOC's part; `share` is the one that the customer came by last."""

    koc: int
    share: int | None
    bps: int


def weights(model: str, touches: Sequence[Touch], *, paid_at: datetime) -> list[int]:
    """The weight of each touch; only the proportions count.

    `linear`: all alike. `position`: 40 the first, 40 the last, 20 split among those between; two share evenly.
    `time_decay`: half as much for each 7 days before the payment.
    """
    if model == "time_decay":
        return [_decayed(paid_at - touch.visited_at) for touch in touches]
    between = len(touches) - 2
    if model == "position" and between > 0:
        return [40 * between, *[20] * between, 40 * between]
    return [1] * len(touches)


def _decayed(age: timedelta) -> int:
    return max(
        1,
        int(
            Decimal(2) ** (-Decimal(age // timedelta(microseconds=1)) / Decimal(HALF_LIFE // timedelta(microseconds=1)))
            * _SCALE
        ),
    )


def credits(model: str, touches: Sequence[Touch], *, paid_at: datetime) -> list[Credit]:
    """Each KOC's part of the credit by a shared model, in basis points that sum to 10,000 (largest remainder); the KOC
    with the earliest first touch comes first.

    `touches` are in time order, at least one. Parts of less than a basis point are left out.
    """
    by_koc: dict[int, int] = {}
    for touch, weight in zip(touches, weights(model, touches, paid_at=paid_at), strict=True):
        by_koc[touch.koc] = by_koc.get(touch.koc, 0) + weight
    last = {touch.koc: touch.share for touch in touches}
    parts = largest_remainder(10_000, list(by_koc.values()))
    return [Credit(koc, last[koc], bps) for koc, bps in zip(by_koc, parts, strict=True) if bps]
