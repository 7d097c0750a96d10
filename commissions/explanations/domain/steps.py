"""The steps of one amount: from what was sold to what is paid, by the terms that were frozen with the line.

The steps are computed with the fractions of the contract and the splits of `rates`, not by calling `rates` for the
result: their agreement proves both."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from commissions.plans.domain.bonuses import Bonus, tiered_amount
from commissions.plans.domain.rates import BPS, CreditPart, Terms, cut, half_up, total_cap
from foundation.money.allocation import largest_remainder


class Step(NamedTuple):
    """One step of a derivation: what was done, and its numbers. `amount_minor` among them is what the amount was after
    it."""

    code: str
    values: Mapping[str, Any]


class Basis(NamedTuple):
    """What of a line an amount is computed from: its base, what is left of that after refunds, its pieces."""

    base_minor: int
    left_minor: int
    quantity: int


class Level(NamedTuple):
    """The stages of one level of a line, part by part: before rounding, rounded, after the cap, after the total cap."""

    exact: Fraction
    """of the whole line"""
    whole: int
    split: list[int]
    exacts: list[Fraction]
    """of each part, × its multiplier"""
    rounded: list[int]
    capped: list[int]
    given: list[int]
    room: int
    """what the total cap left for this level"""


def amount_of(steps: Sequence[Step]) -> int:
    """The result of a derivation; 0 for none."""
    return next((step.values["amount_minor"] for step in reversed(steps) if "amount_minor" in step.values), 0)


def exact(value: Fraction) -> str:
    """A number as it is before rounding: 1361.25, or 100/3 where no decimal is exact."""
    rest, digits = value.denominator, 0
    while rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        digits += 1
    if rest > 1:
        return f"{value.numerator}/{value.denominator}"
    text = f"{value.numerator * 10**digits // value.denominator:0{digits + 1}d}"
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text


def levels(terms: Terms, parts: Sequence[CreditPart], basis: Basis) -> tuple[Level, Level]:
    """Both levels of a line by section 3 of the contract, with all stages. The earliest touch comes first."""
    credits = [part.credit_bps for part in parts]
    most = total_cap(terms, basis.left_minor)
    of_sale = _of_sale(terms, basis)
    if len(parts) == 1 and terms.fixed_minor is None:  # one KOC alone: multiplied before the one rounding
        of_sale *= Fraction(parts[0].multiplier_bps, BPS)
        first = _level(of_sale, [of_sale], [_rounded(of_sale)], terms, most)
    else:
        split = largest_remainder(_rounded(of_sale), credits)
        exacts = [
            Fraction(own * (BPS if terms.fixed_minor is not None else part.multiplier_bps), BPS)
            for own, part in zip(split, parts, strict=True)
        ]
        first = _level(of_sale, exacts, split, terms, most)
    override = Fraction(basis.left_minor * terms.override_bps, BPS)
    split = largest_remainder(_rounded(override), credits)
    paid = [own if part.has_sponsor else 0 for own, part in zip(split, parts, strict=True)]
    return first, _level(override, [Fraction(own) for own in paid], split, terms, most - sum(first.given))


def _of_sale(terms: Terms, basis: Basis) -> Fraction:
    if terms.fixed_minor is None:
        return Fraction(basis.left_minor * (terms.rate_bps or 0), BPS)
    return (
        Fraction(terms.fixed_minor * basis.quantity * basis.left_minor, basis.base_minor)
        if basis.base_minor
        else Fraction(0)
    )


def _level(whole: Fraction, exacts: list[Fraction], split: list[int], terms: Terms, room: int) -> Level:
    rounded = [_rounded(value) for value in exacts]
    capped = rounded if terms.cap_minor is None else cut(rounded, terms.cap_minor)
    return Level(whole, _rounded(whole), split, exacts, rounded, capped, cut(capped, room), room)


def _rounded(value: Fraction) -> int:
    return half_up(value.numerator, value.denominator)


def level_steps(terms: Terms, parts: Sequence[CreditPart], basis: Basis, *, level: int, place: int) -> list[Step]:
    """How one part of a line comes to its amount at a level: rate, multiplier, rounding, the part of the credit, cap,
    total cap."""
    if terms.rate_bps is None and terms.fixed_minor is None:
        return [Step("no_rule", {"amount_minor": 0})]
    part = parts[place]
    if level == 2 and not part.has_sponsor:
        return [Step("no_level_2", {"amount_minor": 0})]
    both_levels = levels(terms, parts, basis)
    stages = both_levels[level - 1]
    steps = (
        _first_steps(terms, parts, place, basis, stages)
        if level == 1
        else _second_steps(terms, parts, place, basis, stages)
    )
    if terms.cap_minor is not None:
        uncut, amount = stages.rounded[place], stages.capped[place]
        values = {
            "cap_minor": terms.cap_minor,
            "level_minor": sum(stages.rounded),
            "amount_minor": amount,
            "is_cut": amount < uncut,
        }
        steps.append(Step("cap", values))
    uncut, amount = stages.capped[place], stages.given[place]
    values = {
        "total_cap_bps": terms.total_cap_bps,
        "guard_minor": total_cap(terms, basis.left_minor),
        "taken_minor": sum(both_levels[0].given) if level == 2 else 0,
    }
    values |= {
        "room_minor": stages.room,
        "level_minor": sum(stages.capped),
        "amount_minor": amount,
        "is_cut": amount < uncut,
    }
    return [*steps, Step("guard", values)]


def _first_steps(terms: Terms, parts: Sequence[CreditPart], place: int, basis: Basis, stages: Level) -> list[Step]:
    part, is_fixed = parts[place], terms.fixed_minor is not None
    multiplied = [Step("multiplier", {"multiplier_bps": part.multiplier_bps})]
    if is_fixed:
        values = {
            "fixed_minor": terms.fixed_minor,
            "quantity": basis.quantity,
            "left_minor": basis.left_minor,
            "base_minor": basis.base_minor,
        }
        steps = [Step("fixed", values)]
    else:
        steps = [Step("rate", {"left_minor": basis.left_minor, "rate_bps": terms.rate_bps})]
    if len(parts) == 1:
        return [*steps, *([] if is_fixed else multiplied), _rounding(stages.exact, stages.rounded[place])]
    steps += [_rounding(stages.exact, stages.whole), _part(part, stages, place)]
    return steps if is_fixed else [*steps, *multiplied, _rounding(stages.exacts[place], stages.rounded[place])]


def _second_steps(terms: Terms, parts: Sequence[CreditPart], place: int, basis: Basis, stages: Level) -> list[Step]:
    steps = [
        Step("override", {"left_minor": basis.left_minor, "rate_bps": terms.override_bps}),
        _rounding(stages.exact, stages.whole),
    ]
    return steps if len(parts) == 1 else [*steps, _part(parts[place], stages, place)]


def _part(part: CreditPart, stages: Level, place: int) -> Step:
    return Step(
        "part", {"credit_bps": part.credit_bps, "whole_minor": stages.whole, "amount_minor": stages.split[place]}
    )


def _rounding(value: Fraction, amount: int) -> Step:
    return Step("rounding", {"exact": exact(value), "amount_minor": amount})


def bonus_steps(bonus: Bonus, *, left_minor: int, room_minor: int | None, limit: str = "budget") -> list[Step]:
    """How a campaign's bonus comes to its amount on what is left of the line; `room_minor` is what the total cap left
    for it, if that is known.

    The last limit is the budget when the bonus is created (`limit`), and later the amount that was granted then.
    """
    steps = _bonus_fixed(bonus, left_minor) if bonus.from_minor is None else _bonus_on_steps(bonus, left_minor)
    amount = steps[-1].values["amount_minor"]
    if room_minor is not None:
        fitting = min(amount, max(0, room_minor))
        steps.append(
            Step("bonus_guard", {"room_minor": room_minor, "amount_minor": fitting, "is_cut": fitting < amount})
        )
        amount = fitting
    granted = min(amount, bonus.granted_minor)
    return [
        *steps,
        Step(limit, {"granted_minor": bonus.granted_minor, "amount_minor": granted, "is_cut": granted < amount}),
    ]


def bonus_steps_now(
    terms: Terms, parts: Sequence[CreditPart], basis: Basis, bonuses: Sequence[Bonus], net_minor: int
) -> list[Step]:
    """What the last of some bonuses is worth on what is left. Under the total cap the plan comes first, then each bonus
    after those that were made before it. One that was reversed is not restored: `net_minor` may be less than that."""
    has_plan = parts and (terms.rate_bps is not None or terms.fixed_minor is not None)
    planned = sum(sum(level.given) for level in levels(terms, parts, basis)) if has_plan else 0
    room, granted, steps = total_cap(terms, basis.left_minor) - planned, 0, list[Step]()
    for bonus in bonuses:
        room -= granted
        steps = bonus_steps(bonus, left_minor=basis.left_minor, room_minor=max(0, room), limit="granted")
        granted = steps[-1].values["amount_minor"]
    return [*steps, Step("not_given_back", {"amount_minor": net_minor})] if net_minor < granted else steps


def _bonus_fixed(bonus: Bonus, left_minor: int) -> list[Step]:
    value = Fraction((bonus.fixed_minor or 0) * left_minor, bonus.base_minor) if bonus.base_minor else Fraction(0)
    values = {"fixed_minor": bonus.fixed_minor, "left_minor": left_minor, "base_minor": bonus.base_minor}
    return [Step("bonus", values), _rounding(value, _rounded(value))]


def _bonus_on_steps(bonus: Bonus, left_minor: int) -> list[Step]:
    own = _rounded(Fraction((bonus.own_base_minor or 0) * left_minor, bonus.base_minor)) if bonus.base_minor else 0
    start = bonus.from_minor or 0
    below, above = tiered_amount(bonus.steps, start), tiered_amount(bonus.steps, start + own)
    values = {
        "from_minor": start,
        "to_minor": start + own,
        "below_minor": below,
        "above_minor": above,
        "amount_minor": above - below,
    }
    return [Step("steps", values | {"marks": [list(mark) for mark in bonus.steps]})]


def zero_because(steps: Sequence[Step]) -> str:
    """The code of the step at which a derivation became 0, or `nothing_left` or `no_rate` where rounding is not to
    blame. Empty when the result is more than 0."""
    if amount_of(steps):
        return ""
    first = next((step for step in steps if step.values.get("amount_minor") == 0), None)
    if first is None:
        return "no_rule"
    if first.code != "rounding" or first.values["exact"] != "0":
        return first.code
    return "nothing_left" if steps[0].values.get("left_minor") == 0 else "no_rate"
