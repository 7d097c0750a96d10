"""Orders say which KOCs have used what they recommend."""

from datetime import datetime

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.orders.selectors.uses import own_purchases
from content.products.services import keep_uses

KOCS_AT_ONCE = 5_000


def refresh_uses(*, brand: Brand, at: datetime) -> int:
    """Look up anew what the KOCs of a brand bought for themselves, where its kits ask for it: what was delivered is a
    use, what was given back whole or cancelled is none any more. Returns how many changed.

    Safe to repeat. Each 5,000 KOCs are a transaction, and where nothing changed nothing is locked or written."""
    kocs = list(Koc.objects.filter(brand=brand).order_by("pk").values_list("pk", flat=True))
    parts = [kocs[start : start + KOCS_AT_ONCE] for start in range(0, len(kocs), KOCS_AT_ONCE)]
    return sum(keep_uses(brand=brand, kocs=part, uses=own_purchases(brand, kocs=part, at=at), at=at) for part in parts)
