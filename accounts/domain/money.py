"""Amounts as people read them."""

from decimal import Decimal

from babel.numbers import get_currency_precision


def shown(amount_minor: int, currency: str) -> str:
    """An amount in the major unit with its currency: 1361 of CNY is `13.61 CNY`, of JPY `1,361 JPY`."""
    digits = get_currency_precision(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):,.{digits}f} {currency}"
