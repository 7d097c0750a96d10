"""Sales teach which variants of a text to share."""

from datetime import datetime

from accounts.brands.models import Brand
from commissions.orders.selectors.variants import counted_variants
from content.kits.services.variants import keep_results


def refresh_variants(*, brand: Brand, at: datetime) -> int:
    """Count anew what became of the variants that a brand shares; shares that are made from now on draw by it, and those
    that were made keep what they drew.

    Safe to repeat: rows are replaced. Locks only these rows, after everything was counted. Returns how many there
    are."""
    return keep_results(results=counted_variants(brand, at=at), at=at)
