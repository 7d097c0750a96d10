"""The proof of the ledger: whether its laws hold, and which rows break them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from django.db import connection

from accounts.brands.models import Brand
from commissions.audit.selectors.checksums import can_sum, hold
from commissions.audit.selectors.invariants import PROOFS, Proof
from foundation.terminal.progress import Progress, tell


@dataclass(frozen=True, slots=True)
class Faults:
    """The rows that break a law: how many, and a text for each of the first."""

    count: int
    first: list[str]


NAMED = 100


def doubted() -> list[Proof]:
    """The laws that do not hold for all brands together, by sums alone: empty when the whole ledger is proved. Laws
    without an equation are always included."""
    summed = [proof for proof in PROOFS if proof.holds] if can_sum() else []
    holds = dict(
        zip((proof.law for proof in summed), hold([proof.holds for proof in summed]) if summed else [], strict=True)
    )
    return [proof for proof in PROOFS if not holds.get(proof.law)]


def faults_of(brand: Brand, proof: Proof) -> Faults:
    """The rows of a brand that break a law, checked row by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT fault, count(*) OVER () FROM ({proof.broken}) AS broken(fault) LIMIT {NAMED}",  # noqa: S608  texts of this module
            {"brand": brand.pk},
        )
        rows = cursor.fetchall()
    return Faults(rows[0][1] if rows else 0, [f"{brand.slug}: {fault} ({proof.law})" for fault, _ in rows])


def broken_invariants(brand: Brand, suspects: Sequence[Proof]) -> dict[str, Faults]:
    """Of some laws those that rows of a brand break, with these rows."""
    faults_by_law = {proof.law: faults_of(brand, proof) for proof in suspects}
    return {law: faults for law, faults in faults_by_law.items() if faults.count}


def with_unexplained(suspects: Sequence[Proof], broken: Mapping[Brand, dict[str, Faults]]) -> dict[Brand, Faults]:
    """The faults of each brand's book. A law that does not hold although no row of any brand breaks it is a fault of
    each brand."""
    whole = can_sum() and len(broken) == Brand.objects.count()
    unexplained = [
        proof.law
        for proof in suspects
        if whole and proof.holds and not any(proof.law in laws for laws in broken.values())
    ]
    faults_by_brand = {}
    for brand, laws in broken.items():
        without_rows = [
            f"{brand.slug}: the sums differ, and no row of any brand says why ({law})" for law in unexplained
        ]
        # The first fault of every law first
        alternating = filter(None, chain.from_iterable(zip_longest(*(faults.first for faults in laws.values()))))
        faults_by_brand[brand] = Faults(
            len(without_rows) + sum(faults.count for faults in laws.values()), [*without_rows, *alternating]
        )
    return faults_by_brand


def ledger_faults(brands: Sequence[Brand], *, progress: Progress | None = None) -> dict[Brand, Faults]:
    """The faults of some brands' books: first all books together by sums; then, for the laws that do not hold, the rows
    of each brand.

    `progress` counts the sums as one step, and each brand as one more.
    """
    suspects = doubted()
    tell(progress, 1)
    broken = {}
    for step, brand in enumerate(brands, start=2):
        broken[brand] = broken_invariants(brand, suspects)
        tell(progress, step)
    return with_unexplained(suspects, broken)
