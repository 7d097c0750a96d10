"""Amounts, rates, multipliers and counts as people type and read them. They are kept as whole numbers of the smallest
part of their unit; a person never sees those."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_name, get_currency_symbol

from foundation.money.amounts import digits_of, major
from foundation.texts.messages import Message

LOCALES = {"zh": Locale("zh", script="Hans"), "en": Locale("en")}
LONGEST = 60  # letters; nobody types more into a field for a number
# Signs that Babel does not list, or that stand for several currencies
SHORT_SIGNS = {
    "¥": {"CNY", "JPY"},
    "元": {"CNY", "HKD", "TWD", "MOP", "SGD"},
    "块": {"CNY"},
    "rmb": {"CNY"},
    "円": {"JPY"},
    "$": {"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN"},
    "₩": {"KRW"},
    "£": {"GBP"},
    "€": {"EUR"},
    "฿": {"THB"},
    "₽": {"RUB"},
    "₺": {"TRY"},
    "rp": {"IDR"},
    "rm": {"MYR"},
}


class Mistyped(ValueError):
    """What was typed is no number of its unit; `message` names what is wrong."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: `digits` decimals at most, `signs` that may stand beside it, in lower case. `currency` is
    that of money; "" for the rest."""

    name: Message
    digits: int
    signs: frozenset[str] = frozenset()
    currency: str = ""
    before: str = ""
    """the sign that a person reads before the number, and after it"""
    after: str = ""
    shown_digits: int = 0
    """decimals that are written even when they are 0"""
    example: int = 1


RATE = Unit(Message("a rate"), 2, frozenset({"%"}), after="%", example=1250)
MULTIPLIER = Unit(
    Message("a multiplier"), 4, frozenset({"×", "x", "*", "倍"}), before="×", shown_digits=2, example=11_000
)
COUNT = Unit(Message("a whole number"), 0, example=1_000)


@lru_cache(maxsize=512)
def money(currency: str) -> Unit:
    """The unit of amounts in a currency: KWD has three decimals, JPY none."""
    digits = digits_of(currency)
    return Unit(Message(currency), digits, _signs(currency), currency, shown_digits=digits, example=199 * 10**digits)


def typed(text: str, unit: Unit, *, least: int | None = 0, most: int | None = None) -> int:
    """The number that a person typed, in the smallest part of its unit: `¥1,234.56` of CNY is 123456, `12.5%` is 1250.

    Digits, dots, commas and signs may be full-width. Commas group three digits and nothing else. Nothing is rounded.
    Raises Mistyped for what is no such number, has another currency's sign or more decimals than the unit has, or is
    below `least` or above `most`."""
    if len(text) > LONGEST:
        raise Mistyped(Message("more than %(longest)s letters are no number", longest=LONGEST))
    plain = unicodedata.normalize("NFKC", text).replace("。", ".").replace("−", "-").strip()
    matched = re.fullmatch(r"([^0-9.,+-]*)([+-]?)([^0-9.,+-]*)([0-9.,]+)([^0-9.,+-]*)", plain)
    if matched is None:
        raise _not_a_number(text, unit)
    first, minus, second, digits, last = matched.groups()
    for sign in (first, second, last):
        _refuse_foreign(sign.strip(), text, unit)
    number = _number(digits, text, unit)
    number = -number if minus == "-" else number
    if least is not None and number < least:
        raise Mistyped(
            Message("%(typed)s is too small: at least %(least)s", typed=text.strip(), least=Quantity(least, unit))
        )
    if most is not None and number > most:
        raise Mistyped(
            Message("%(typed)s is too large: at most %(most)s", typed=text.strip(), most=Quantity(most, unit))
        )
    return number


def written(number: int, unit: Unit) -> str:
    """A number as it stands in an input beside its sign: 123456 of CNY → `1,234.56`, a rate of 1250 → `12.5`."""
    return _grouped(_decimal(number, unit))


def shown(number: int, unit: Unit, language: str) -> str:
    """A number with its unit as a person reads it: `¥1,234.56`, `12.5%`, `×1.10`, `1,234`. `language` decides the sign
    of a currency: CNY is ¥ in Chinese, CN¥ in English."""
    if unit.currency:
        locale, amount = _locale(language), Decimal(major(number, unit.digits))
        text = format_currency(amount, unit.currency, locale=locale, decimal_quantization=False)
        letters = get_currency_symbol(unit.currency, locale=locale)
        return text.replace(letters, f"{letters}\N{NO-BREAK SPACE}") if letters[-1].isalpha() else text
    return f"{unit.before}{written(number, unit)}{unit.after}"


def sign(unit: Unit, language: str) -> tuple[str, str]:
    """What stands before an input, and after it."""
    if unit.currency:
        return get_currency_symbol(unit.currency, locale=_locale(language)), ""
    return unit.before, unit.after


class Quantity(str):
    """A number with its unit inside of a Message: printed as files say it, translated as people read it."""

    __slots__ = ("number", "unit")

    number: int
    unit: Unit

    def __new__(cls, number: int, unit: Unit) -> "Quantity":
        said = f"{written(number, unit)} {unit.currency}" if unit.currency else shown(number, unit, "en")
        quantity = super().__new__(cls, said)
        quantity.number, quantity.unit = number, unit
        return quantity

    def said(self, language: str) -> str:
        return shown(self.number, self.unit, language)


def _locale(language: str) -> Locale:
    return LOCALES.get(language[:2], LOCALES["en"])


def _decimal(number: int, unit: Unit) -> str:
    """In the major unit, with no more zeros at the end than the unit shows."""
    text = major(number, unit.digits)
    surplus = unit.digits - unit.shown_digits
    while surplus and text.endswith("0"):
        text, surplus = text[:-1], surplus - 1
    return text.removesuffix(".")


def _grouped(text: str) -> str:
    whole, dot, decimals = text.partition(".")
    minus, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{minus}{int(whole):,}{dot}{decimals}"


def _number(digits: str, text: str, unit: Unit) -> int:
    whole, _, decimals = digits.partition(".")
    if "," in decimals or "." in decimals or (not decimals and digits.endswith(".")) or not digits.strip(".,"):
        raise _not_a_number(text, unit)
    if "," in whole and not re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+", whole):
        raise Mistyped(
            Message(
                "%(typed)s is ambiguous: commas group three digits, as in 1,234,567, and decimals follow a dot",
                typed=text.strip(),
            )
        )
    if len(decimals) > unit.digits:
        raise Mistyped(_too_fine(text.strip(), unit))
    return int((whole.replace(",", "") or "0") + decimals.ljust(unit.digits, "0"))


def _too_fine(text: str, unit: Unit) -> Message:
    if not unit.digits:
        return Message("%(typed)s has decimals, and %(unit)s has none", typed=text, unit=unit.name)
    return Message(
        "%(typed)s has too many decimals: %(unit)s has %(digits)s at most",
        typed=text,
        unit=unit.name,
        digits=unit.digits,
    )


def _not_a_number(text: str, unit: Unit) -> Mistyped:
    example = Quantity(unit.example, unit)
    return Mistyped(Message("%(typed)s is not a number, such as %(example)s", typed=text.strip(), example=example))


def _refuse_foreign(sign: str, text: str, unit: Unit) -> None:
    if not sign or sign.lower() in unit.signs:
        return
    if unit.currency and sign.lower() in _all_signs():
        raise Mistyped(
            Message(
                "%(sign)s is another currency's sign: amounts here are in %(currency)s",
                sign=sign,
                currency=unit.currency,
            )
        )
    raise _not_a_number(text, unit)


@lru_cache(maxsize=512)
def _signs(currency: str) -> frozenset[str]:
    names = {currency, *(get_currency_symbol(currency, locale=locale) for locale in LOCALES.values())}
    names |= {get_currency_name(currency, locale=locale) for locale in LOCALES.values()}
    names |= {sign for sign, currencies in SHORT_SIGNS.items() if currency in currencies}
    return frozenset(unicodedata.normalize("NFKC", name).lower() for name in names)


@lru_cache(maxsize=1)
def _all_signs() -> frozenset[str]:
    currencies = LOCALES["en"].currencies
    return frozenset(SHORT_SIGNS).union(*(_signs(currency) for currency in currencies))
