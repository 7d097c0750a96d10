"""Brands, as operators and shops name them."""

from accounts.domain.faults import Refusal
from accounts.models import Brand, Customer, Koc


def brand_by_slug(slug: str) -> Brand:
    """The brand of this slug. Raises Refusal when there is none."""
    brand: Brand | None = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Refusal(f"no brand {slug}")
    return brand


def people_known(brand: Brand) -> int:
    """How many people a brand knows: its KOCs, not those who only applied, and its customers."""
    return int(Koc.objects.filter(brand=brand, status=Koc.Status.ACTIVE).count() + Customer.objects.filter(brand=brand).count())
