"""Commissions are made, and moved to who earned them: one statement does both."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.brands.models import Brand
from commissions.ledger.models import Wallet
from commissions.ledger.services import Wallets, carry_balances
from foundation.postgres.transactions import in_transaction


class Accrual(NamedTuple):
    """A KOC earned an amount on an order line, at a level, for a credit's part of the sale; by a campaign, if one paid
    on top."""

    line: int
    level: int
    koc: int
    amount_minor: int
    credit: int
    campaign: int | None = None


# One statement makes the commissions and books them: their rows never travel to the client and back.
ACCRUE = """
WITH made AS (
    INSERT INTO commissions_commission
        (brand_id, line_id, level, koc_id, credit_id, campaign_id, amount_minor, reversed_minor, settled_minor, status, made_at)
    SELECT %(brand)s, line, level, koc, credit, campaign, amount, 0, 0, 'pending', %(at)s
    FROM unnest(%(lines)s::bigint[], %(levels)s::smallint[], %(kocs)s::bigint[], %(amounts)s::bigint[], %(credits)s::bigint[], %(campaigns)s::bigint[])
        WITH ORDINALITY AS earned(line, level, koc, amount, credit, campaign, place)
    ORDER BY place
    RETURNING id, koc_id, amount_minor
), moved AS (
    INSERT INTO commissions_transfer (source_id, target_id, amount_minor, reason, cause_id, moved_at)
    SELECT %(cost)s, owner.wallet, made.amount_minor, 'accrual', made.id, %(at)s
    FROM made JOIN unnest(%(owners)s::bigint[], %(wallets)s::bigint[]) AS owner(koc, wallet) ON owner.koc = made.koc_id
    ORDER BY made.id
)
SELECT id FROM made ORDER BY id
"""


@in_transaction
def accrue(*, brand: Brand, earned: Sequence[Accrual], at: datetime) -> list[int]:
    """Make commissions, and move what they are worth from the brand to their KOCs' pending wallets; returns their ids,
    in the order of `earned`.

    The caller holds the book. Key: (line, level, credit, campaign), so the same commission again raises IntegrityError.
    """
    if not earned:
        return []
    worth: defaultdict[int, int] = defaultdict(int)
    for accrual in earned:
        worth[accrual.koc] += accrual.amount_minor
    wallets = Wallets(brand)
    wallets.open([None], Wallet.Kind.COMMISSIONS)
    wallets.open(worth, Wallet.Kind.PENDING)
    pending = {koc: wallets[koc, Wallet.Kind.PENDING] for koc in worth}
    params: dict[str, Any] = dict(
        zip(
            ("lines", "levels", "kocs", "amounts", "credits", "campaigns"),
            map(list, zip(*earned, strict=True)),
            strict=True,
        )
    )
    params |= {"owners": list(pending), "wallets": list(pending.values())}
    with connection.cursor() as cursor:
        cursor.execute(ACCRUE, params | {"brand": brand.pk, "at": at, "cost": wallets[None, Wallet.Kind.COMMISSIONS]})
        made = [pk for (pk,) in cursor.fetchall()]
    carry_balances({pending[koc]: amount for koc, amount in worth.items()})
    return made
