"""The proof of the ledger: whether its laws hold, and which rows break them."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from accounts.models import Brand
from commissions.selectors.laws import PROOFS, Proof
from commissions.selectors.ledger_sums import can_sum, hold


class Faults(NamedTuple):
    """What breaks a law: how many rows, and a text for each of the first."""

    count: int
    first: list[str]


NAMED = 100


def doubted() -> list[Proof]:
    """The laws that do not hold for all brands together, by sums alone: empty when the whole ledger proves. Those without an equation are always among them."""
    summed = [proof for proof in PROOFS if proof.holds] if can_sum() else []
    holds = dict(zip((proof.law for proof in summed), hold([proof.holds for proof in summed]) if summed else [], strict=True))
    return [proof for proof in PROOFS if not holds.get(proof.law)]


def faults_of(brand: Brand, proof: Proof) -> Faults:
    """The rows of a brand that break a law, found one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT fault, count(*) OVER () FROM ({proof.broken}) AS broken(fault) LIMIT {NAMED}",  # noqa: S608  texts of this module
            {"brand": brand.pk},
        )
        rows = cursor.fetchall()
    return Faults(rows[0][1] if rows else 0, [f"{brand.slug}: {fault} ({proof.law})" for fault, _ in rows])


def ledger_faults(brands: Sequence[Brand]) -> dict[Brand, Faults]:
    """What is off in some brands' books. First all books together by sums; then, of the laws that do not hold, the rows of each brand.

    Of a law that does not hold although no row of any brand breaks it, that much is said.
    """
    found = {brand: Faults(0, []) for brand in brands}
    summed = can_sum() and len(brands) == Brand.objects.count()
    for proof in doubted():
        named = {brand: faults_of(brand, proof) for brand in brands}
        if summed and proof.holds and not any(one.count for one in named.values()):
            named = {brand: Faults(1, [f"{brand.slug}: the sums differ, and no row of any brand says why ({proof.law})"]) for brand in brands}
        for brand, faults in named.items():
            found[brand] = Faults(found[brand].count + faults.count, [*found[brand].first, *faults.first])
    return found
