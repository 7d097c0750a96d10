import pytest

from foundation.files.tables import instant


@pytest.mark.parametrize("offset", ["+15:01", "-16:00", "+23:59"])
def test_a_time_of_no_zone_of_the_earth_is_refused(offset: str) -> None:
    """PostgreSQL takes none either: it ended in a traceback."""
    with pytest.raises(ValueError, match="is more than 15 hours from UTC"):
        instant(f"2026-03-01T00:00:00{offset}")
    assert instant("2026-03-01T00:00:00+14:00") == instant("2026-02-28T10:00:00Z")
