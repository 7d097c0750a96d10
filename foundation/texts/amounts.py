"""Amounts, rates and multipliers as people read them, in the language that is active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language

from foundation.money import units

if TYPE_CHECKING:
    from foundation.money.units import Unit


def shown(amount_minor: int, currency: str) -> str:
    """An amount with its currency's sign: 1361 of CNY is ¥13.61 in Chinese, CN¥13.61 in English."""
    return quantity(amount_minor, units.money(currency))


def signed(number: str, currency: str) -> str:
    """A number in the major unit, with as many digits as it has, and the currency's sign: 13.6125 of CNY is ¥13.6125."""
    letters, _ = sign(units.money(currency))
    return f"{letters}\N{NO-BREAK SPACE}{number}" if letters[-1].isalpha() else f"{letters}{number}"


def quantity(number: int, unit: Unit) -> str:
    """A number of any unit: a rate of 1250 is 12.5%, a multiplier of 11000 ×1.10."""
    return units.shown(number, unit, get_language() or "")


def percent(bps: int) -> str:
    return quantity(bps, units.RATE)


def sign(unit: Unit) -> tuple[str, str]:
    """What stands before an input of the unit, and after it."""
    return units.sign(unit, get_language() or "")
