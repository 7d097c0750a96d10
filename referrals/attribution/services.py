"""The bindings of customers, as they follow from what happened."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from referrals.attribution.domain.bindings import Bound
from referrals.attribution.models import Acquaintance, Binding


def keep_acquaintances(known: Iterable[tuple[int, str]]) -> None:
    """Keep which customers are known to be which visitors: (customer, visitor). The caller is in a transaction.

    Writes in the order of the pairs, so that two writers cannot deadlock. Key: (customer, visitor), so what is known
    already is nothing."""
    Acquaintance.objects.bulk_create(
        [Acquaintance(customer_id=customer, visitor=visitor) for customer, visitor in sorted(set(known))],
        ignore_conflicts=True,
    )


@transaction.atomic
def write_bindings(bindings: Mapping[int, Sequence[Bound]]) -> None:
    """Put these in the place of the customers' bindings: customer → theirs in order of time. The caller holds what they
    follow from.

    Of two who write the same customer's at once without that, the database refuses one: a customer is bound to one KOC
    at a time."""
    before: dict[int, list[Bound]] = {}
    for row in Binding.objects.filter(customer__in=bindings).order_by("since"):
        before.setdefault(row.customer_id, []).append(
            Bound(row.koc_id, row.share_id, row.cause, row.since, row.until, row.because)
        )
    changed = {customer: bounds for customer, bounds in bindings.items() if before.get(customer, []) != list(bounds)}
    Binding.objects.filter(customer__in=changed).delete()
    Binding.objects.bulk_create(
        [
            Binding(
                customer_id=customer,
                koc_id=one.koc,
                share_id=one.share,
                cause=one.cause,
                since=one.since,
                until=one.until,
                because=one.because,
            )
            for customer, bounds in changed.items()
            for one in bounds
        ]
    )
