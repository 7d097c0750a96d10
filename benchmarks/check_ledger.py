"""The proof of the whole ledger, beside one grouped sum over its transfers, in the same run.

    python benchmarks/check_ledger.py [LINES [KOCS]]

480,000 order lines make about a million transfers. Everything runs against a PostgreSQL of its own, which is thrown
away."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from book import scratch_book

BY_WALLET = "SELECT target_id, sum(amount_minor) FROM commissions_transfer GROUP BY target_id"
BY_REASON = "SELECT reason, sum(amount_minor) FROM commissions_transfer GROUP BY reason"


def timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(lines: int, kocs: int) -> None:
    with scratch_book(lines=lines, kocs=kocs) as (connection, _):
        from accounts.brands.models import Brand  # noqa: PLC0415  after the set-up
        from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of  # noqa: PLC0415

        brand = Brand.objects.get()
        assert doubted() == []
        rounds = [
            (
                timed(lambda: connection.execute(BY_WALLET).fetchall()),
                timed(doubted),
                timed(lambda: connection.execute(BY_REASON).fetchall()),
            )
            for _ in range(7)
        ]
        by_wallet, proved, by_reason = (min(times[column] for times in rounds) for column in range(3))
        row_by_row = timed(lambda: [faults_of(brand, proof) for proof in PROOFS])
        count = lambda table: connection.execute(f"SELECT count(*) FROM commissions_{table}").fetchone()[0]  # noqa: E731
        report = {
            "transfers": count("transfer"),
            "commissions": count("commission"),
            "wallets": count("wallet"),
            "laws": len(PROOFS),
            "one sum grouped by wallet, s": round(by_wallet, 3),
            "one sum grouped by reason, s": round(by_reason, 3),
            "the proof, s": round(proved, 3),
            "÷ one sum grouped by wallet (≤ 3)": round(proved / by_wallet, 2),
            "÷ one sum grouped by reason": round(proved / by_reason, 2),
            "row by row, as when a law fails, s": round(row_by_row, 2),
            "all rounds, s": [[round(seconds, 3) for seconds in times] for times in rounds],
        }
        print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] + ["480000", "20000"][len(sys.argv) - 1 :]))
