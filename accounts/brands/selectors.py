"""Brands, as operators and shops name them."""

from accounts.brands.models import Brand
from foundation.files.faults import Refusal


def brand_by_slug(slug: str) -> Brand:
    """The brand of this slug. Raises Refusal when there is none."""
    brand: Brand | None = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Refusal(f"no brand {slug}")
    return brand
