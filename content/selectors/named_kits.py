"""Kits, as operators name them."""

from accounts.domain.faults import Refusal
from accounts.models import Brand
from content.models import Kit


def kit_by_key(brand: Brand, key: str) -> Kit:
    """The kit of this key. Raises Refusal when the brand has none."""
    kit: Kit | None = Kit.objects.filter(brand=brand, key=key).first()
    if kit is None:
        raise Refusal(f"{brand.slug} has no kit {key}")
    return kit
