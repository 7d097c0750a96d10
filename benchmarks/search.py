"""The search of the admin at a brand of a million orders, a million customers and 100,000 KOCs: milliseconds by what is
typed, beside ILIKE over the same columns, which is what an admin does without an index. `python benchmarks/search.py`"""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_server import scratch_server

ORDERS, KOCS, TIMES = 1_000_000, 100_000, 20


def main() -> None:
    with scratch_server() as url:
        import django  # noqa: PLC0415  after the server

        django.setup()
        from django.db import connection, transaction  # noqa: PLC0415

        from tests.support.factories import make_brand, make_staff  # noqa: PLC0415
        from tests.support.volume.large_brand import make_large_brand  # noqa: PLC0415

        assert url
        with transaction.atomic():
            brand = make_brand("large")
            make_large_brand(brand, make_staff(brand), orders=ORDERS, kocs=KOCS)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        measure(brand)


def measure(brand: Any) -> None:
    from django.db.models import Q  # noqa: PLC0415

    from accounts.brands.models import Brand  # noqa: PLC0415
    from accounts.people.models import Customer, Koc  # noqa: PLC0415
    from backoffice.search.selectors import found  # noqa: PLC0415
    from commissions.orders.models import Order  # noqa: PLC0415

    own = Brand.objects.filter(pk=brand.pk)
    koc, order = Koc.objects.get(pk=KOCS // 2), Order.objects.get(pk=ORDERS // 2)
    asked = {
        "a character": koc.name[0],
        "part of a name": koc.name[1:],
        "a whole name": koc.name,
        "a key": order.key,
        "a phone": f"137{order.pk}",
        "a public id": order.public_id,
        "nothing": "nothing of the kind",
    }

    def by_ilike(text: str) -> None:
        """KOCs, customers and orders alone, where the search looks at nine kinds."""
        list(Koc.objects.filter(Q(name__icontains=text) | Q(key__icontains=text), brand=brand)[:10])
        list(Customer.objects.filter(Q(name__icontains=text) | Q(key__icontains=text), brand=brand)[:10])
        list(Order.objects.filter(key__icontains=text, brand=brand)[:10])

    print(f"{KOCS:,} KOCs, {ORDERS:,} customers and orders; milliseconds, the median and the slowest of {TIMES}")
    for what, text in asked.items():
        ours, theirs = _milliseconds(found, own, text), _milliseconds(by_ilike, text, times=3)
        print(f"{what:16} {ours[0]:7.1f} {ours[1]:7.1f}    ILIKE {theirs[0]:8.1f} {theirs[1]:8.1f}")


def _milliseconds(call: Callable[..., Any], *arguments: Any, times: int = TIMES) -> tuple[float, float]:
    """The median and the slowest of some calls, after one that warms up."""
    call(*arguments)
    taken = []
    for _time in range(times):
        start = perf_counter()
        call(*arguments)
        taken.append((perf_counter() - start) * 1000)
    return statistics.median(taken), max(taken)


if __name__ == "__main__":
    main()
