"""The bindings of customers, as they follow from clicks and orders."""

from collections.abc import Iterable, Mapping, Sequence

from foundation.postgres.transactions import in_transaction
from referrals.attribution.domain.bindings import Bound
from referrals.attribution.models import Acquaintance, Binding


def keep_acquaintances(pairs: Iterable[tuple[int, str]]) -> None:
    """Record which customers are which visitors: (customer, visitor). The caller is in a transaction.

    Writes in the order of the pairs, so that two writers cannot deadlock. Key: (customer, visitor), so a pair that is
    stored already adds nothing."""
    Acquaintance.objects.bulk_create(
        [Acquaintance(customer_id=customer, visitor=visitor) for customer, visitor in sorted(set(pairs))],
        ignore_conflicts=True,
    )


@in_transaction
def write_bindings(bindings: Mapping[int, Sequence[Bound]]) -> None:
    """Replace the bindings of these customers: customer → theirs in order of time. The caller has locked the facts that
    they follow from.

    Without that lock, of two writers of one customer's bindings at once the database refuses one: a customer is bound
    to one KOC at a time."""
    stored: dict[int, list[Bound]] = {}
    for row in Binding.objects.filter(customer__in=bindings).order_by("since"):
        stored.setdefault(row.customer_id, []).append(
            Bound(row.koc_id, row.share_id, row.cause, row.since, row.until, row.because)
        )
    changed = {customer: bounds for customer, bounds in bindings.items() if stored.get(customer, []) != list(bounds)}
    Binding.objects.filter(customer__in=changed).delete()
    Binding.objects.bulk_create(
        [
            Binding(
                customer_id=customer,
                koc_id=bound.koc,
                share_id=bound.share,
                cause=bound.cause,
                since=bound.since,
                until=bound.until,
                because=bound.because,
            )
            for customer, bounds in changed.items()
            for bound in bounds
        ]
    )
