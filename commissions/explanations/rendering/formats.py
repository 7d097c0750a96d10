"""Amounts, rates and times as a person reads them in the active language: 13.61 CNY, or ¥13.61 in Chinese."""

from datetime import datetime
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language

from foundation.money.amounts import shown


class Formats:
    """Formats the numbers of one brand."""

    def __init__(self, currency: str, zone: str) -> None:
        self.currency, self.zone = currency, ZoneInfo(zone)
        self.is_chinese = (get_language() or "").startswith("zh")
        self.digits = get_currency_precision(currency)

    def money(self, amount_minor: int) -> str:
        if self.is_chinese:
            return format_currency(Decimal(amount_minor).scaleb(-self.digits), self.currency, locale="zh_Hans")
        return shown(amount_minor, self.currency)

    def taken(self, took_minor: int) -> str:
        """A reversed amount, as a change of the amount: −4.53 CNY."""
        return f"{'−' if took_minor > 0 else '+' if took_minor < 0 else '±'}{self.money(abs(took_minor))}"

    def exact(self, text: str) -> str:
        """An amount before rounding: 1361.25 of a currency with two digits is 13.6125; a fraction without end is cut
        after six digits more."""
        top, _, bottom = text.partition("/")
        with localcontext(prec=60):
            amount = (Decimal(top) / Decimal(bottom or 1)).scaleb(-self.digits)
            number = f"{amount.quantize(Decimal(1).scaleb(-self.digits - 6)):f}…" if bottom else f"{amount:f}"
        return number if self.is_chinese else f"{number} {self.currency}"

    def percent(self, bps: int) -> str:
        number = f"{Decimal(bps).scaleb(-2).normalize():f}"
        return f"{number}%" if self.is_chinese else f"{number} %"

    def times(self, bps: int) -> str:
        return f"{Decimal(bps).scaleb(-4).normalize():f}"

    def when(self, at: datetime | str) -> str:
        """To the minute, in the brand's zone."""
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
