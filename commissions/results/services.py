"""What content brought is counted anew."""

from datetime import datetime

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.results.models import AuthorResult, KitResult, ResultCount
from commissions.results.selectors import OF_AUTHORS, OF_KITS, counted_results, newest_facts
from content.kits.models import Kit
from foundation.postgres.transactions import in_transaction
from referrals.propagation.selectors.spread import audience_of

COUNTS = ["shares", "kocs", "again", "depth", "people", "visits", "half_life", "orders", "gmv_minor", "gmv_squares"]
REPLACED = ["counted_at", "active", "audience", *COUNTS]


@in_transaction
def refresh_results(*, brand: Brand, at: datetime) -> int:
    """Count what became of the shares of a brand, by kit and by author, and keep it in place of what was known.

    Safe to repeat: rows are replaced, in the order of their key. Locks only these rows, after everything was counted.
    Returns how many there are."""
    share, order = newest_facts(brand)  # first: what comes meanwhile is counted the next time
    by_kit, by_author = (counted_results(query, brand, at=at) for query in (OF_KITS, OF_AUTHORS))
    declared = dict(Kit.objects.filter(brand=brand).values_list("pk", "audience_size"))
    known = audience_of(brand, None, at=at)
    active = Koc.objects.filter(brand=brand, status=Koc.Status.ACTIVE).count()

    def fields(row: dict[str, object], audience: int) -> dict[str, object]:
        counts = {name: row[name] for name in COUNTS}
        return counts | {"brand": brand, "counted_at": at, "active": active, "audience": audience}

    kits = [KitResult(kit_id=row["subject"], **fields(row, declared[row["subject"]] or known)) for row in by_kit]
    authors = [AuthorResult(author_id=row["subject"], kits=row["kits"], **fields(row, known)) for row in by_author]
    KitResult.objects.bulk_create(kits, update_conflicts=True, unique_fields=["kit"], update_fields=REPLACED)
    AuthorResult.objects.bulk_create(
        authors, update_conflicts=True, unique_fields=["author"], update_fields=[*REPLACED, "kits"]
    )
    ResultCount.objects.update_or_create(
        brand=brand, defaults={"counted_at": at, "newest_share": share, "newest_order": order}
    )
    return len(kits) + len(authors)
