"""What very many lines earn at once, computed on arrays: each number equals what `commissions.plans.domain.rates` gives
for each.

Arrays hold 64-bit integers. Lines for which a product could pass 2^62 are computed by the same code in Python's own
integers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commissions.plans.domain.rates import BPS
from commissions.plans.domain.rules import RuleTerms

Numbers = NDArray[Any]
"""Whole numbers: int64, or Python's own where these do not fit"""
Flags = NDArray[np.bool_]
NO_FIXED = NO_CAP = -1
WIDEST_PRODUCT, WIDEST_AMOUNT = 2.0**62, 2.0**40  # of 2^20 amounts below 2^40 the sum still fits


class Lines(NamedTuple):
    """Lines that are credited in equally many parts, one row a line; the parts have one column each, the earliest touch
    first. `sponsor` is 0 for none."""

    base_minor: Numbers
    left_minor: Numbers
    quantity: Numbers
    total_cap_bps: Numbers
    credit_bps: Numbers
    multiplier_bps: Numbers
    sponsor: Numbers


class Columns(NamedTuple):
    """Terms, one row a line. `rate_bps` is 0 for a fixed amount."""

    rate_bps: Numbers
    fixed_minor: Numbers
    override_bps: Numbers
    cap_minor: Numbers


class PlannedEarnings(NamedTuple):
    """What each part earns at both levels, and by how much the cap and then the total cap cut each line."""

    firsts: Numbers
    seconds: Numbers
    capped_minor: Numbers
    guarded_minor: Numbers


def terms_of(rules: Sequence[RuleTerms]) -> Columns:
    """The terms of a plan's rules by position; after them those of no rule, at index -1."""
    ordered = sorted(rules, key=lambda rule: rule.position)
    return Columns(
        np.array([rule.rate_bps or 0 for rule in ordered] + [0], dtype=np.int64),
        np.array(
            [NO_FIXED if rule.fixed_minor is None else rule.fixed_minor for rule in ordered] + [NO_FIXED],
            dtype=np.int64,
        ),
        np.array([rule.override_bps for rule in ordered] + [0], dtype=np.int64),
        np.array([NO_CAP if rule.cap_minor is None else rule.cap_minor for rule in ordered] + [NO_CAP], dtype=np.int64),
    )


def fit(lines: Lines, terms: Columns) -> Flags:
    """The lines for which every product and every sum stays inside 64 bits. Estimated in floats, with a safety
    margin."""
    left, base = lines.left_minor.astype(float), lines.base_minor.astype(float)
    widest = np.maximum(lines.multiplier_bps.max(axis=1).astype(float), BPS)
    pieces = np.maximum(terms.fixed_minor, 0).astype(float) * lines.quantity.astype(float)
    first = np.maximum(left * terms.rate_bps * widest / BPS**2, pieces * widest / BPS) + 1
    second = left * terms.override_bps / BPS + 1
    products = [
        left * terms.rate_bps * widest,
        pieces * left,
        first * widest,
        first * left,
        second * left,
        second * BPS,
    ]
    amounts = [left, base, first]
    fits: Flags = (np.maximum.reduce(products) < WIDEST_PRODUCT / 4) & (np.maximum.reduce(amounts) < WIDEST_AMOUNT)
    return fits


def earned(lines: Lines, terms: Columns) -> PlannedEarnings:
    """Both levels of every line by its terms: for one part alone as `earnings` computes them, for several as
    `shared_earnings` does."""
    firsts, seconds = _uncut(lines, terms)
    uncut = firsts.sum(axis=1) + seconds.sum(axis=1)
    firsts, seconds = _capped(firsts, terms.cap_minor), _capped(seconds, terms.cap_minor)
    capped = firsts.sum(axis=1) + seconds.sum(axis=1)
    most = lines.left_minor * lines.total_cap_bps // BPS
    firsts = cut(firsts, most)
    seconds = cut(seconds, most - firsts.sum(axis=1))
    return PlannedEarnings(firsts, seconds, uncut - capped, capped - firsts.sum(axis=1) - seconds.sum(axis=1))


def _uncut(lines: Lines, terms: Columns) -> tuple[Numbers, Numbers]:
    """Both levels before cap and total cap. Of several parts, level 1 is split before it is multiplied; a part without
    a sponsor has no level 2."""
    left, is_fixed = lines.left_minor, terms.fixed_minor != NO_FIXED
    pieces = half_up(np.where(is_fixed, terms.fixed_minor, 0) * lines.quantity * left, np.maximum(lines.base_minor, 1))
    if lines.credit_bps.shape[1] == 1:
        by_rate = half_up(left * terms.rate_bps * lines.multiplier_bps[:, 0], BPS**2)
        firsts = np.where(is_fixed, pieces, by_rate)[:, None]
    else:
        own = largest_remainder(np.where(is_fixed, pieces, half_up(left * terms.rate_bps, BPS)), lines.credit_bps)
        firsts = np.where(is_fixed[:, None], own, half_up(own * lines.multiplier_bps, BPS))
    seconds = largest_remainder(half_up(left * terms.override_bps, BPS), lines.credit_bps)
    return firsts, np.where(lines.sponsor > 0, seconds, 0)


def _capped(parts: Numbers, cap_minor: Numbers) -> Numbers:
    has_cap = cap_minor != NO_CAP
    return cut(parts, np.where(has_cap, cap_minor, parts.sum(axis=1))) if has_cap.any() else parts


def half_up(numerator: Numbers, denominator: Numbers | int) -> Numbers:
    """numerator / denominator to whole numbers, halves up. All ≥ 0, denominators > 0."""
    whole: Numbers = (2 * numerator + denominator) // (2 * denominator)
    return whole


def largest_remainder(amounts: Numbers, weights: Numbers) -> Numbers:
    """Each amount split in proportion to its row of weights by largest remainder, as
    `foundation.money.allocation.largest_remainder` does. No row of weights is all zero."""
    if weights.shape[1] == 1:
        return amounts[:, None]
    totals = weights.sum(axis=1)[:, None]
    shares = amounts[:, None] * weights
    parts: Numbers = shares // totals
    # The largest remainder first; of equal ones the earlier
    by_remainder = np.argsort(parts * totals - shares, axis=1, kind="stable")
    rank = np.argsort(by_remainder, axis=1)
    allotted: Numbers = parts + (rank < (amounts - parts.sum(axis=1))[:, None])
    return allotted


def cut(parts: Numbers, most: Numbers) -> Numbers:
    """Rows that sum to more than their `most`, cut to it in proportion by largest remainder; others as they are."""
    over = parts.sum(axis=1) > most
    if not over.any():
        return parts
    reduced = parts.copy()
    reduced[over] = largest_remainder(most[over], parts[over])
    return reduced
