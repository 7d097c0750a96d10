"""Amounts of an explanation look like those of the pages around it."""

import pytest
from django.utils import translation

from commissions.explanations.rendering.formats import Formats


@pytest.mark.parametrize(
    ("currency", "language", "amount", "exact"),
    [
        ("CNY", "en", "CN¥13.61", "CN¥13.6125"),
        ("CNY", "zh-hans", "¥13.61", "¥13.6125"),
        ("JPY", "en", "¥1,361", "¥1361.25"),
        ("KWD", "en", "KWD\u00a01.361", "KWD\u00a01.36125"),
    ],
)
def test_an_amount_is_written_before_and_after_rounding(currency: str, language: str, amount: str, exact: str) -> None:
    formats = Formats(currency, "Asia/Shanghai")
    with translation.override(language):
        assert formats.money(1361) == amount
        assert formats.exact("1361.25") == exact


def test_rates_and_multipliers_are_written_alike_in_both_languages() -> None:
    formats = Formats("CNY", "Asia/Shanghai")
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert (formats.percent(1250), formats.times(11_000), formats.times(10_000)) == ("12.5%", "1.10", "1.00")
