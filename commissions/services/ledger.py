"""The one place where money moves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import Brand
from accounts.services.bulk import copy_in
from commissions.models import PayPolicy, Transfer, Wallet


class Movement(NamedTuple):
    """`amount_minor` > 0 goes from wallet `source` to wallet `target`, because of row `cause_id` of the reason's kind."""

    source: int
    target: int
    amount_minor: int
    reason: str
    cause_id: int


def lock_book(brand: Brand) -> PayPolicy:
    """Hold the brand's book until the transaction ends.

    Whoever answers, approves or settles waits here, so all of a brand's money moves one pass after another.
    """
    return PayPolicy.objects.select_for_update().get(brand=brand)


class Wallets:
    """The ids of a brand's wallets by (KOC or None, kind), made when first asked for."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.known: dict[tuple[int | None, str], int] = {}

    def open(self, kocs: Iterable[int | None], *kinds: str) -> None:
        """Have every one of these wallets, in one statement each way. Key: (brand, koc, kind, currency)."""
        missing = sorted({(koc or 0, kind) for koc in kocs for kind in kinds if (koc, kind) not in self.known})
        if not missing:
            return
        owners, wanted = [koc or None for koc, _ in missing], [kind for _, kind in missing]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)"
                " SELECT %s, koc, kind, %s, CASE WHEN koc IS NULL THEN NULL ELSE 0 END FROM unnest(%s::bigint[], %s::text[]) AS wanted(koc, kind)"
                " ON CONFLICT DO NOTHING",
                [self.brand.pk, self.brand.currency, owners, wanted],
            )
        found = Wallet.objects.filter(brand=self.brand, currency=self.brand.currency, kind__in=kinds)
        for pk, koc, kind in found.filter(koc__in={koc for koc in owners if koc}).values_list("pk", "koc", "kind"):
            self.known[koc, kind] = pk
        if None in owners:
            self.known.update({(None, kind): pk for pk, kind in found.filter(koc=None).values_list("pk", "kind")})

    def __getitem__(self, owner_and_kind: tuple[int | None, str]) -> int:
        return self.known[owner_and_kind]


@transaction.atomic
def book(movements: Sequence[Movement], *, at: datetime) -> None:
    """Append the movements and bring the cached balances along, or do neither.

    The caller holds the book (`lock_book`). Key: (reason, cause_id), so booking the same movement again raises IntegrityError.
    """
    copy_in(Transfer, ["source_id", "target_id", "amount_minor", "reason", "cause_id", "moved_at"], ((*movement, at) for movement in movements))
    change: defaultdict[int, int] = defaultdict(int)
    for source, target, amount, _, _ in movements:
        change[source] -= amount
        change[target] += amount
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commissions_wallet SET balance_minor = balance_minor + change.amount"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS change(wallet, amount) WHERE id = wallet AND koc_id IS NOT NULL AND amount <> 0",
            [list(change), list(change.values())],
        )
