"""What a line earns: integers of the minor unit and basis points, one rounding, at the end (half up)."""

from collections.abc import Sequence
from typing import NamedTuple

from foundation.money.allocation import largest_remainder

BPS = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to a whole number, halves up. Both ≥ 0, denominator > 0."""
    return (2 * numerator + denominator) // (2 * denominator)


class Terms(NamedTuple):
    """The terms of one line, frozen when its order was credited. One of `rate_bps` and `fixed_minor` is set, or none:
    then no rule applied."""

    rate_bps: int | None
    fixed_minor: int | None
    override_bps: int
    cap_minor: int | None
    total_cap_bps: int


class CreditPart(NamedTuple):
    """A KOC's part of the credit for an order, and their tier's multiplier. `has_sponsor`: somebody is paid level 2 for
    it."""

    credit_bps: int
    multiplier_bps: int
    has_sponsor: bool


def commission(base_minor: int, *, rate_bps: int, multiplier_bps: int = BPS) -> int:
    """What one line earns at one level: base × rate × multiplier, rounded half up once."""
    return half_up(base_minor * rate_bps * multiplier_bps, BPS * BPS)


def level1(terms: Terms, *, base_minor: int, left_minor: int, quantity: int, multiplier_bps: int = BPS) -> int:
    """Level 1 of a line before caps: a rate is taken of what is left; a fixed amount a piece, without multiplier, is
    scaled by left / base."""
    if terms.fixed_minor is None:
        return commission(left_minor, rate_bps=terms.rate_bps or 0, multiplier_bps=multiplier_bps)
    return half_up(terms.fixed_minor * quantity * left_minor, base_minor) if base_minor else 0


def total_cap(terms: Terms, left_minor: int) -> int:
    """The most that all levels and bonuses of a line come to: floor(left × total_cap_bps / 10^4)."""
    return left_minor * terms.total_cap_bps // BPS


def earnings(terms: Terms, *, multiplier_bps: int, base_minor: int, left_minor: int, quantity: int) -> tuple[int, int]:
    """Level 1 and level 2 of a line of which `left_minor` of `base_minor` was not refunded, credited to one KOC alone.

    `cap_minor` limits each level. Then the total cap over all levels: level 2 is cut first, then level 1.
    """
    first = level1(
        terms, base_minor=base_minor, left_minor=left_minor, quantity=quantity, multiplier_bps=multiplier_bps
    )
    second = commission(left_minor, rate_bps=terms.override_bps)
    if terms.cap_minor is not None:
        first, second = min(first, terms.cap_minor), min(second, terms.cap_minor)
    most = total_cap(terms, left_minor)
    first = min(first, most)
    return first, min(second, most - first)


def shared_earnings(
    terms: Terms, parts: Sequence[CreditPart], *, base_minor: int, left_minor: int, quantity: int
) -> tuple[list[int], list[int]]:
    """Both levels of a line that several KOCs are credited with, by part; the earliest touch comes first, and the
    credits sum to 10,000 bps.

    Level 1 is computed once without multiplier and split by credit with largest remainder; each part is then taken ×
    its multiplier and rounded. Level 2 is split in the same way; a part without a sponsor is paid to nobody.
    `cap_minor` limits the sum of a level. Above the total cap the parts of level 2 are cut to what is left by largest
    remainder, then those of level 1. A single part is computed by `earnings`."""
    if len(parts) == 1:
        sole = parts[0]
        first, second = earnings(
            terms, multiplier_bps=sole.multiplier_bps, base_minor=base_minor, left_minor=left_minor, quantity=quantity
        )
        return [first], [second if sole.has_sponsor else 0]
    credits = [part.credit_bps for part in parts]
    whole = level1(terms, base_minor=base_minor, left_minor=left_minor, quantity=quantity)
    fixed = terms.fixed_minor is not None
    firsts = [
        half_up(own * (BPS if fixed else part.multiplier_bps), BPS)
        for own, part in zip(largest_remainder(whole, credits), parts, strict=True)
    ]
    override = largest_remainder(commission(left_minor, rate_bps=terms.override_bps), credits)
    seconds = [own if part.has_sponsor else 0 for own, part in zip(override, parts, strict=True)]
    if terms.cap_minor is not None:
        firsts, seconds = cut(firsts, terms.cap_minor), cut(seconds, terms.cap_minor)
    firsts = cut(firsts, total_cap(terms, left_minor))
    return firsts, cut(seconds, total_cap(terms, left_minor) - sum(firsts))


def cut(parts: list[int], most: int) -> list[int]:
    """Parts that sum to more than `most`, cut to it in proportion by largest remainder; others as they are."""
    return largest_remainder(most, parts) if sum(parts) > most else parts
