"""Amounts, rates and times as a person reads them in the active language."""

from datetime import datetime
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from foundation.money.amounts import digits_of
from foundation.money.units import MULTIPLIER, written
from foundation.texts.amounts import percent, shown, signed


class Formats:
    """Formats the numbers of one brand."""

    def __init__(self, currency: str, zone: str) -> None:
        self.currency, self.zone = currency, ZoneInfo(zone)
        self.digits = digits_of(currency)

    def money(self, amount_minor: int) -> str:
        return shown(amount_minor, self.currency)

    def taken(self, took_minor: int) -> str:
        """A reversed amount, as a change of the amount: −¥4.53."""
        return f"{'−' if took_minor > 0 else '+' if took_minor < 0 else '±'}{self.money(abs(took_minor))}"

    def exact(self, text: str) -> str:
        """An amount before rounding: 1361.25 of a currency with two digits is 13.6125; a fraction without end is cut
        after six digits more."""
        top, _, bottom = text.partition("/")
        with localcontext(prec=60):
            amount = (Decimal(top) / Decimal(bottom or 1)).scaleb(-self.digits)
            number = f"{amount.quantize(Decimal(1).scaleb(-self.digits - 6)):f}…" if bottom else f"{amount:f}"
        return signed(number, self.currency)

    def percent(self, bps: int) -> str:
        return percent(bps)

    def times(self, bps: int) -> str:
        return written(bps, MULTIPLIER)

    def when(self, at: datetime | str) -> str:
        """To the minute, in the brand's zone."""
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
