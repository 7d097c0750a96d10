"""What is usual for a brand: what a number that staff type is compared with."""

from collections.abc import Collection

from django.db.models import Max, Min

from accounts.brands.models import Brand
from commissions.plans.models.plans import Rule
from content.products.models import Product


def lowest_price_minor(brand: Brand, skus: Collection[str]) -> int | None:
    """The price of the cheapest of some products, or of all when none is named; None when there is none."""
    products = Product.objects.filter(brand=brand, price_minor__gt=0)
    lowest: int | None = (products.filter(sku__in=skus) if skus else products).aggregate(lowest=Min("price_minor"))[
        "lowest"
    ]
    return lowest


def highest_rate_bps(brand: Brand) -> int | None:
    """The highest rate that a plan of the brand pays at level 1; None when none pays one."""
    highest: int | None = Rule.objects.filter(plan__brand=brand).aggregate(highest=Max("rate_bps"))["highest"]
    return highest
