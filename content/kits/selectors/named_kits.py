"""Kits, as operators name them."""

from accounts.brands.models import Brand
from content.kits.models import Kit
from foundation.files.faults import Refusal


def kit_by_key(brand: Brand, key: str) -> Kit:
    """The kit of this key. Raises Refusal when the brand has none."""
    kit: Kit | None = Kit.objects.filter(brand=brand, key=key).first()
    if kit is None:
        raise Refusal(f"{brand.slug} has no kit {key}")
    return kit
