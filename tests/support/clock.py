"""The moment at which the fixture `stopped_clock` stops the clock."""

from datetime import UTC, datetime

STOPPED_AT = datetime(2026, 9, 17, 4, tzinfo=UTC)
"""Noon in Shanghai, far from the end of a day and of a month."""
