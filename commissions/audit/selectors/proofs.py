"""The proof of the ledger: whether its laws hold, and which rows break them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.db import connection

from accounts.brands.models import Brand
from commissions.audit.selectors.checksums import can_sum, hold
from commissions.audit.selectors.invariants import PROOFS, Proof
from foundation.terminal.progress import Progress, tell


@dataclass(frozen=True, slots=True)
class Faults:
    """What breaks a law: how many rows, and a text for each of the first."""

    count: int
    first: list[str]


NAMED = 100


def doubted() -> list[Proof]:
    """The laws that do not hold for all brands together, by sums alone: empty when the whole ledger proves. Those
    without an equation are always among them."""
    summed = [proof for proof in PROOFS if proof.holds] if can_sum() else []
    holds = dict(
        zip((proof.law for proof in summed), hold([proof.holds for proof in summed]) if summed else [], strict=True)
    )
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


def broken_invariants(brand: Brand, suspects: Sequence[Proof]) -> dict[str, Faults]:
    """Of some laws those that rows of a brand break, with these rows."""
    looked_at = {proof.law: faults_of(brand, proof) for proof in suspects}
    return {law: faults for law, faults in looked_at.items() if faults.count}


def with_unexplained(suspects: Sequence[Proof], broken: Mapping[Brand, dict[str, Faults]]) -> dict[Brand, Faults]:
    """What is off in each brand's book. Of a law that does not hold although no row of any brand breaks it, each is
    told that much."""
    whole = can_sum() and len(broken) == Brand.objects.count()
    unexplained = [
        proof.law
        for proof in suspects
        if whole and proof.holds and not any(proof.law in laws for laws in broken.values())
    ]
    found = {}
    for brand, laws in broken.items():
        unnamed = [f"{brand.slug}: the sums differ, and no row of any brand says why ({law})" for law in unexplained]
        # The first of every law first
        in_turn = [text for texts in zip_longest(*(faults.first for faults in laws.values())) for text in texts if text]
        found[brand] = Faults(len(unnamed) + sum(faults.count for faults in laws.values()), [*unnamed, *in_turn])
    return found


def ledger_faults(brands: Sequence[Brand], *, progress: Progress | None = None) -> dict[Brand, Faults]:
    """What is off in some brands' books: first all books together by sums; then, of the laws that do not hold, the rows
    of each brand.

    `progress` hears of the sums as one step, and of each brand as one more.
    """
    suspects = doubted()
    tell(progress, 1)
    broken = {}
    for step, brand in enumerate(brands, start=2):
        broken[brand] = broken_invariants(brand, suspects)
        tell(progress, step)
    return with_unexplained(suspects, broken)
