"""The only module that moves money."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.ledger.models import Transfer, Wallet
from commissions.plans.models.policies import PayPolicy
from foundation.postgres.bulk import copy_in
from foundation.postgres.transactions import in_transaction, tried_once


class NewTransfer(NamedTuple):
    """`amount_minor` > 0 goes from wallet `source` to wallet `target`, because of row `cause_id` of the reason's
    kind."""

    source: int
    target: int
    amount_minor: int
    reason: str
    cause_id: int


def lock_book(brand: Brand) -> PayPolicy:
    """Lock the brand's book until the transaction ends.

    Every crediting, approval and settlement waits here, so all of a brand's money moves one transaction after another. A
    work of the clock waits once: its later steps leave a busy book at once.
    """
    with tried_once(f"book of brand {brand.pk}"):
        return PayPolicy.objects.select_for_update().get(brand=brand)


class Wallets:
    """The ids of a brand's wallets by (KOC or None, kind); missing wallets are created."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.known: dict[tuple[int | None, str], int] = {}

    def open(self, kocs: Iterable[int | None], *kinds: str) -> None:
        """Ensure that each of these wallets exists, with one statement to read and one to create. Key: (brand, koc,
        kind, currency)."""
        missing = sorted({(koc or 0, kind) for koc in kocs for kind in kinds if (koc, kind) not in self.known})
        if not missing:
            return
        self._look_up(missing, kinds)
        missing = [(koc, kind) for koc, kind in missing if (koc or None, kind) not in self.known]
        if not missing:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)"
                " SELECT %s, koc, kind, %s, CASE WHEN koc IS NULL THEN NULL ELSE 0 END FROM unnest(%s::bigint[], %s::text[]) AS owner(koc, kind)"
                " ON CONFLICT DO NOTHING",
                [
                    self.brand.pk,
                    self.brand.currency,
                    [koc or None for koc, _ in missing],
                    [kind for _, kind in missing],
                ],
            )
        self._look_up(missing, kinds)

    def _look_up(self, owners_and_kinds: Sequence[tuple[int, str]], kinds: Sequence[str]) -> None:
        wallets = Wallet.objects.filter(brand=self.brand, currency=self.brand.currency, kind__in=kinds)
        owners = {koc for koc, _ in owners_and_kinds}
        if owners - {0}:
            for pk, koc, kind in wallets.filter(koc__in=owners - {0}).values_list("pk", "koc", "kind"):
                self.known[koc, kind] = pk
        if 0 in owners:
            self.known.update({(None, kind): pk for pk, kind in wallets.filter(koc=None).values_list("pk", "kind")})

    def __getitem__(self, owner_and_kind: tuple[int | None, str]) -> int:
        return self.known[owner_and_kind]


@in_transaction
def post(transfers: Sequence[NewTransfer], *, at: datetime) -> None:
    """Append the transfers and update the cached balances, both or neither.

    The caller has locked the book (`lock_book`). Key: (reason, cause_id), so posting the same transfer again raises
    IntegrityError."""
    copy_in(
        Transfer,
        ["source_id", "target_id", "amount_minor", "reason", "cause_id", "moved_at"],
        ((*transfer, at) for transfer in transfers),
    )
    change: defaultdict[int, int] = defaultdict(int)
    for source, target, amount, _, _ in transfers:
        change[source] -= amount
        change[target] += amount
    carry_balances(change)


OPEN_WALLETS = """
INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)
SELECT %(book)s, owner.koc, owner.kind, %(book_currency)s, 0 FROM ({}) AS owner(koc, kind)
WHERE NOT EXISTS (
    SELECT FROM commissions_wallet open
    WHERE open.brand_id = %(book)s AND open.koc_id = owner.koc AND open.kind = owner.kind AND open.currency = %(book_currency)s
) ON CONFLICT DO NOTHING
"""
POST_SELECTED = """
WITH booked AS (
    INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
    SELECT source, target, amount_minor, reason, cause_id, %(booked_at)s FROM ({}) AS move(source, target, amount_minor, reason, cause_id)
    RETURNING source_id, target_id, amount_minor
)
UPDATE commissions_wallet SET balance_minor = balance_minor + change.amount
FROM (
    SELECT wallet, sum(amount)::bigint FROM (
        SELECT target_id, amount_minor FROM booked UNION ALL SELECT source_id, -amount_minor FROM booked
    ) AS ends(wallet, amount) GROUP BY wallet
) AS change(wallet, amount) WHERE id = change.wallet AND koc_id IS NOT NULL AND change.amount <> 0
"""


def open_wallets(brand: Brand, query: str, params: Mapping[str, Any]) -> None:
    """Ensure that every KOC's wallet of a query of (KOC, kind) exists. For large numbers of wallets: no id is sent to
    Python. Key: as `Wallets.open`."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_WALLETS.format(query), {**params, "book": brand.pk, "book_currency": brand.currency})


def post_selected(query: str, params: Mapping[str, Any], *, at: datetime) -> None:
    """As `post`, for transfers that a query returns: (source, target, amount_minor, reason, cause_id). No row is sent
    to Python.

    The caller is in a transaction and has locked the book. Key: (reason, cause_id), so posting the same transfer again
    raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute(POST_SELECTED.format(query), {**params, "booked_at": at})


FOLD = """
UPDATE commissions_wallet SET folded_minor = folded_minor + moved.amount, folded_to = moved.last
FROM (
    SELECT sum(amount)::bigint AS amount, max(id) AS last FROM (
        SELECT id, amount_minor AS amount FROM commissions_transfer WHERE target_id = %(wallet)s AND id > %(folded_to)s
        UNION ALL SELECT id, -amount_minor FROM commissions_transfer WHERE source_id = %(wallet)s AND id > %(folded_to)s
    ) AS move
) AS moved WHERE id = %(wallet)s AND moved.last IS NOT NULL
"""


@in_transaction
def fold_wallets(*, brand: Brand) -> int:
    """Add the transfers since the last time to the sums of the brand's own wallets, which are a handful; returns how
    many wallets had any.

    Locks the brand's book, under which all its transfers are posted: none with a lower id comes later. A second call
    finds nothing."""
    own_wallets = Wallet.objects.filter(brand=brand, koc=None).order_by("pk")
    if not own_wallets.exists():
        return 0
    lock_book(brand)
    folded = 0
    with connection.cursor() as cursor:
        for wallet, folded_to in own_wallets.values_list("pk", "folded_to"):
            cursor.execute(FOLD, {"wallet": wallet, "folded_to": folded_to})
            folded += cursor.rowcount
    return folded


CARRY_BALANCES = """
WITH change AS MATERIALIZED (
    SELECT wallet.id, changed.amount FROM unnest(%s::bigint[], %s::bigint[]) AS changed(id, amount)
    JOIN commissions_wallet wallet USING (id) WHERE wallet.koc_id IS NOT NULL AND changed.amount <> 0
    ORDER BY wallet.id FOR NO KEY UPDATE OF wallet
)
UPDATE commissions_wallet wallet SET balance_minor = balance_minor + change.amount FROM change WHERE wallet.id = change.id
"""


def carry_balances(change: Mapping[int, int]) -> None:
    """Add to the cached balances of KOCs' wallets; a brand's wallets have none. Locks the wallets in pk order."""
    with connection.cursor() as cursor:
        cursor.execute(CARRY_BALANCES, [list(change), list(change.values())])
