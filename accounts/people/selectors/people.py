"""The size of a brand's audience."""

from datetime import datetime

from django.db.models.functions import Coalesce

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc


def people_known(brand: Brand, *, at: datetime) -> int:
    """The number of a brand's KOCs, without applicants, and customers at a moment."""
    kocs = (
        Koc.objects.filter(brand=brand, status=Koc.Status.ACTIVE)
        .alias(since=Coalesce("approved_at", "joined_at"))
        .filter(since__lte=at)
    )
    return int(kocs.count() + Customer.objects.filter(brand=brand, first_seen_at__lte=at).count())
