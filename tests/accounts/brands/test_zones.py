"""The time zone of a brand is one that its days can be counted in: work of the clock asks all brands for theirs."""

import pytest
from django.core.exceptions import ValidationError

from accounts.brands.models import Brand

FIELDS = {"slug": "lumi", "name": "Lumi", "currency": "CNY", "landing_url": "https://shop.example/{sku}"}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York"])
def test_a_zone_is_let_be(zone: str) -> None:
    Brand(**FIELDS, timezone=zone).clean_fields(exclude=["created_at"])


@pytest.mark.parametrize("zone", ["Asia/Shangai", "Beijing", "../etc/passwd", "+08:00"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Brand(**FIELDS, timezone=zone).clean_fields(exclude=["created_at"])
    assert refused.value.message_dict == {"timezone": [f"“{zone}” is not a time zone."]}
