"""Who has used what."""

from datetime import datetime

from django.db.models import Min

from content.products.models import ProductUse


def used_since(*, koc: int, product: int | None) -> datetime | None:
    """Since when a KOC has used a product, the earliest that is known; None for who has not."""
    if product is None:
        return None
    found: datetime | None = ProductUse.objects.filter(koc=koc, product=product).aggregate(since=Min("since"))["since"]
    return found
