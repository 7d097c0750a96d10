"""Checksums that show whether two sets of rows are equal: one pass over each table, without comparing rows.

Every key gets a weight: a hash of it with a salt that is drawn anew for each run. There are two kinds of sums of these
weights, both independent of the order of the rows:

* `listed`: the sum of a 64-bit hash of (key, amount). It is the same when both tables have the same pairs, each as
  often. If they have not, it is the same in one run of 2^64.
* `weighed`: the sum of weight × amount, for two independent weights of 32 bits. It is the same when the amounts of
  every key add up to the same. If they do not, the differences times their weights sum to 0 in one run of 2^64.

Nobody can prepare for that chance, since nobody knows the salt. Integers only: nothing is rounded. docs/decisions/8
says why this is a proof."""

import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

Figure = tuple[str, ...]
"""Aggregates that belong together. {0} and {1} stand for the salts; {big} makes weights numeric when amounts are huge,
{small} bounds amounts when not."""


class Rows(NamedTuple):
    """One pass over a table: the rows (FROM), the figures that are summed, by name, and an expression that is huge when
    any amount of a row is."""

    source: str
    figures: dict[str, Figure]
    size: str = "0"


HUGE = 1 << 32  # times a weight of 32 bits, anything smaller stays within 64
FIGURE = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")  # as in equations: table.figure
MOST_WALLETS = 50_000_000  # above this id the array is not used
# The book of a wallet, by the wallet's id: a number for brand and currency, negative when it is the brand's own wallet,
# 0 where there is no wallet; and up to which transfer it is folded. As arrays they cost a third of two joins.
BOOKS = """
SELECT array_agg(COALESCE(number, 0) ORDER BY place) AS numbers, array_agg(COALESCE(folded_to, 0) ORDER BY place) AS folded_to
FROM generate_series(1, (SELECT max(id) FROM commissions_wallet)) AS place
LEFT JOIN (
    SELECT id, folded_to, CASE WHEN koc_id IS NULL THEN -number ELSE number END AS number
    FROM commissions_wallet JOIN (
        SELECT brand_id, currency, row_number() OVER ()::int AS number FROM (SELECT DISTINCT brand_id, currency FROM commissions_wallet) AS pair
    ) AS book USING (brand_id, currency)
) AS wallet ON wallet.id = place
"""


def none(when: str) -> Figure:
    """How many rows there are of a kind that should not exist."""
    return (f"count(*) FILTER (WHERE {when})",)


def listed(key: str, *values: str, when: str = "true") -> Figure:
    """The same for two sets of rows when both list the same keys with the same values, each as often."""
    mixed = f"hashint8extended({{1}}, {key})"
    for value in values:
        mixed = f"hashint8extended({{0}}, {mixed} # ({value}))"
    return (f"COALESCE(sum({mixed}) FILTER (WHERE {when}), 0)",)


def summed(*figures: Figure) -> Figure:
    return tuple(" + ".join(parts) for parts in zip(*figures, strict=True))


def weighed(key: str, amount: str, *, when: str = "true") -> Figure:
    """The same for two sets of rows when the amounts of every key add up to the same."""
    weights = (f"(hashint8extended({{{salt}}}, {key}) >> 32)" for salt in (0, 1))
    return tuple(
        f"COALESCE(sum({weight}{{big}} * (({amount}){{small}})) FILTER (WHERE {when}), 0)" for weight in weights
    )


def weighed_sums(key: str, amount: str) -> Figure:
    """As `weighed`, for few rows of which each holds a sum, as large as it may be."""
    return tuple(
        f"COALESCE(sum((hashint8extended({{{salt}}}, {key}) >> 32)::numeric * {amount}), 0)" for salt in (0, 1)
    )


# A KOC's money by the kind of its wallet: one key for wallets, commissions and adjustments.
IN_WALLET = "koc_id * 4 + CASE kind WHEN 'pending' THEN 0 WHEN 'approved' THEN 1 ELSE 2 END"
OF_COMMISSION = "koc_id * 4 + CASE WHEN statement_id IS NOT NULL THEN 2 WHEN approved_at IS NOT NULL THEN 1 ELSE 0 END"
OF_ADJUSTMENT = "koc_id * 4 + CASE kind WHEN 'write_off' THEN 2 ELSE 1 END"
# A commission whose status contradicts its own columns.
ODD = """
CASE WHEN status = 'reversed' THEN reversed_minor = amount_minor WHEN statement_id IS NOT NULL THEN status IN ('settled', 'paid')
    WHEN approved_at IS NOT NULL THEN status IN ('approved', 'held') ELSE status IN ('pending', 'held') END IS NOT TRUE
"""
MOVED = """
(SELECT id, source_id, target_id, amount_minor, reason, cause_id,
    ((SELECT numbers FROM books))[source_id] AS source_book, ((SELECT numbers FROM books))[target_id] AS target_book,
    ((SELECT folded_to FROM books))[source_id] AS source_to, ((SELECT folded_to FROM books))[target_id] AS target_to
FROM commissions_transfer) AS moved
"""
# What a statement moved into the settled wallet, less what was moved back when it was reopened.
MOVED_BY_STATEMENTS = """
(SELECT cause_id, amount_minor * CASE WHEN reason IN ('debt_recovery', 'tax', 'reopened_settlement', 'reopened_debt_advance') THEN -1 ELSE 1 END AS amount,
    reason IN ('tax', 'reopened_tax') AS is_tax
FROM commissions_transfer WHERE reason IN ('settlement', 'debt_advance', 'debt_recovery', 'tax',
    'reopened_settlement', 'reopened_debt_advance', 'reopened_debt_recovery', 'reopened_tax')) AS moved
"""
ON_VOID_STATEMENTS = "commissions_statementline line JOIN commissions_statement statement ON statement.id = line.statement_id AND statement.status = 'void'"
AT_THE_BANK = """
commissions_payoutline line
JOIN commissions_payoutbatch batch ON batch.id = line.batch_id AND batch.status = 'exported' AND line.status = 'waiting'
JOIN commissions_statement statement ON statement.id = line.statement_id AND statement.status = 'ready'
"""
IN_BATCHES = """
(SELECT line.*, batch.status AS batch_status FROM commissions_payoutline line JOIN commissions_payoutbatch batch ON batch.id = line.batch_id) AS line
"""
MOVE_OF_A_LINE = "CASE reason WHEN 'payout' THEN 0 WHEN 'paid' THEN 1 WHEN 'returned' THEN 2 ELSE 3 END"
APPROVED = """
commissions_commission earned JOIN commissions_orderline sold ON sold.id = earned.line_id JOIN commissions_order sale ON sale.id = sold.order_id
"""
# What was earned by orders of which a refund is in doubt, and that was looked at since.
IN_DOUBT = """
commissions_doubt doubt JOIN commissions_order sale ON (sale.brand_id, sale.shop, sale.key) = (doubt.brand_id, doubt.shop, doubt.order_key)
JOIN commissions_orderline sold ON sold.order_id = sale.id JOIN commissions_commission earned ON earned.line_id = sold.id
WHERE doubt.outcome = '' AND doubt.holds AND NOT doubt.is_new
"""
COUNTS = "status <> 'dropped' AND batch_status <> 'cancelled'"
TABLES = {
    "wallet": Rows(
        "commissions_wallet WHERE koc_id IS NOT NULL",
        {
            "balances": weighed("id", "balance_minor"),
            "earned": weighed(IN_WALLET, "balance_minor", when="kind IN ('pending', 'approved', 'debt')"),
            "unpaid": weighed(
                "koc_id * 2 + (kind = 'paying')::int", "balance_minor", when="kind IN ('settled', 'paying')"
            ),
            "subsidies": weighed("koc_id", "balance_minor", when="kind = 'subsidy'"),
        },
        size="abs(balance_minor)",
    ),
    "brand_wallet": Rows("commissions_wallet WHERE koc_id IS NULL", {"folds": weighed_sums("id", "folded_minor")}),
    "transfer": Rows(
        MOVED,
        {
            "astray": none("(source_book <> 0 AND abs(source_book) = abs(target_book)) IS NOT TRUE"),
            # Of a brand's wallet, which has no balance, what is folded
            "came": weighed("target_id", "amount_minor", when="target_book > 0 OR id <= target_to"),
            "went": weighed("source_id", "amount_minor", when="source_book > 0 OR id <= source_to"),
            "accruals": listed("cause_id", "amount_minor", when="reason = 'accrual'"),
        },
        size="amount_minor",
    ),
    # The rare reasons, read by the index of reasons.
    "reversal_transfer": Rows(
        "commissions_transfer WHERE reason = 'reversal'", {"amounts": listed("cause_id", "amount_minor")}
    ),
    "statement_transfer": Rows(
        MOVED_BY_STATEMENTS,
        {
            "sums": weighed("cause_id", "amount", when="NOT is_tax"),
            "taxes": weighed("cause_id", "amount", when="is_tax"),
        },
        size="abs(amount)",
    ),
    "adjustment_transfer": Rows(
        "commissions_transfer WHERE reason IN ('subsidy', 'allocation', 'write_off')",
        {"amounts": listed("cause_id", "ascii(reason)", "amount_minor")},
    ),
    "subsidy_transfer": Rows(
        "commissions_transfer WHERE reason IN ('grant', 'passing', 'expiry')",
        {
            "came": listed("cause_id", "(reason = 'grant')::int", "amount_minor", when="reason <> 'expiry'"),
            "returned": listed("cause_id", "amount_minor", when="reason = 'expiry'"),
        },
    ),
    "payout_transfer": Rows(
        "commissions_transfer WHERE reason IN ('payout', 'paid', 'returned', 'given_back')",
        {"moves": listed("cause_id", MOVE_OF_A_LINE, "amount_minor")},
    ),
    "commission": Rows(
        "commissions_commission",
        {
            "amounts": listed("id", "amount_minor"),
            "reversed": weighed("id", "reversed_minor", when="reversed_minor <> 0"),
            "over": none("reversed_minor > amount_minor"),
            "odd": none(ODD),
            "settled": weighed("id", "settled_minor", when="settled_minor <> 0"),
            "of_kocs": weighed("koc_id", "settled_minor", when="settled_minor <> 0"),
            "open": weighed(
                OF_COMMISSION,
                "amount_minor - reversed_minor - settled_minor",
                when="amount_minor - reversed_minor <> settled_minor",
            ),
        },
        size="abs(amount_minor) | abs(reversed_minor) | abs(settled_minor)",
    ),
    "approval": Rows(APPROVED, {"early": none("earned.approved_at < sale.paid_at")}),
    "doubt": Rows(
        IN_DOUBT, {"loose": none("earned.statement_id IS NULL AND earned.status IN ('pending', 'approved')")}
    ),
    "reversal": Rows(
        "commissions_reversal",
        {"taken": weighed("commission_id", "amount_minor"), "amounts": listed("id", "abs(amount_minor)")},
        size="abs(amount_minor)",
    ),
    "adjustment": Rows(
        "commissions_adjustment",
        {
            "open": weighed(OF_ADJUSTMENT, "amount_minor", when="statement_id IS NULL"),
            "amounts": listed("id", "ascii(kind)", "amount_minor"),
            "on_statements": listed("id", "statement_id", "amount_minor", when="statement_id IS NOT NULL"),
            "of_kocs": weighed("koc_id", "amount_minor", when="statement_id IS NOT NULL"),
        },
        size="amount_minor",
    ),
    "subsidy": Rows(
        "commissions_subsidy",
        {
            "left": weighed("koc_id", "hand_on_minor - allocated_minor - returned_minor"),
            "came": listed("id", "(parent_id IS NULL)::int", "hand_on_minor", when="hand_on_minor <> 0"),
            "returned": listed("id", "returned_minor", when="returned_minor <> 0"),
            "allocated": weighed("id", "allocated_minor"),
        },
        size="hand_on_minor | allocated_minor | returned_minor",
    ),
    "allocation": Rows(
        "commissions_allocation", {"amounts": weighed("subsidy_id", "amount_minor")}, size="amount_minor"
    ),
    "line": Rows(
        "commissions_statementline",
        {
            "all": weighed("statement_id", "amount_minor"),
            "of_commissions": weighed("commission_id", "amount_minor", when="commission_id IS NOT NULL"),
            "of_adjustments": listed("adjustment_id", "statement_id", "amount_minor", when="adjustment_id IS NOT NULL"),
        },
        size="abs(amount_minor)",
    ),
    # Lines of reopened statements are kept, but do not count.
    "void_line": Rows(
        ON_VOID_STATEMENTS,
        {
            "of_commissions": weighed("commission_id", "amount_minor", when="commission_id IS NOT NULL"),
            "of_adjustments": listed("adjustment_id", "statement_id", "amount_minor", when="adjustment_id IS NOT NULL"),
        },
        size="abs(amount_minor)",
    ),
    "statement": Rows(
        "commissions_statement",
        {
            "sums": weighed("id", "gross_minor - debt_in_minor"),
            "unsound": none("gross_minor <> debt_in_minor + tax_minor + net_minor"),
            "of_kocs": weighed("koc_id", "gross_minor - debt_in_minor", when="status <> 'void'"),
            "live_sums": weighed("id", "gross_minor - debt_in_minor", when="status <> 'void'"),
            "live_taxes": weighed("id", "-tax_minor", when="status <> 'void'"),
            "ready": weighed("koc_id * 2", "net_minor", when="status = 'ready'"),
            "paid": listed("id", when="status = 'paid'"),
        },
        size="abs(gross_minor) | debt_in_minor | tax_minor | net_minor",
    ),
    "at_bank": Rows(
        AT_THE_BANK,
        {
            "gone": weighed("statement.koc_id * 2", "net_minor"),
            "there": weighed("statement.koc_id * 2 + 1", "net_minor"),
        },
        size="net_minor",
    ),
    "batch": Rows(
        "commissions_payoutbatch WHERE status <> 'cancelled'",
        {"totals": weighed("id", "total_minor"), "counts": weighed("id", "lines_count")},
        size="total_minor",
    ),
    "batch_line": Rows(
        IN_BATCHES,
        {
            "totals": weighed("batch_id", "amount_minor", when=COUNTS),
            "counts": weighed("batch_id", "1", when=COUNTS),
            "moves": summed(
                listed(
                    "id",
                    "0",
                    "amount_minor",
                    when="status IN ('paid', 'failed', 'returned') OR status = 'waiting' AND batch_status = 'exported'",
                ),
                listed("id", "1", "amount_minor", when="status IN ('paid', 'returned')"),
                listed("id", "2", "amount_minor", when="status = 'failed'"),
                listed("id", "3", "amount_minor", when="status = 'returned'"),
            ),
            "paid": listed("statement_id", when="status = 'paid'"),
        },
        size="amount_minor",
    ),
}


def can_sum() -> bool:
    """Whether the ids of wallets are low enough to be looked up in an array."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM commissions_wallet")
        highest: int = cursor.fetchone()[0]
        return highest <= MOST_WALLETS


def hold(equations: Sequence[str]) -> list[bool]:
    """Which of some equations between figures hold, such as `commission.amounts = transfer.accruals`. One statement, so
    all of one snapshot.

    Amounts of 2^32 and more are detected first and then, in a second statement, multiplied as numbers of any size.
    """
    salts = {"salt0": secrets.randbits(63), "salt1": secrets.randbits(63)}
    with connection.cursor() as cursor:
        cursor.execute(_statement(equations, big="", small=f" % {HUGE}"), salts)
        huge, *holds = cursor.fetchone()
        if huge:
            cursor.execute(_statement(equations, big="::numeric", small=""), salts)
            _, *holds = cursor.fetchone()
        return holds


def _statement(equations: Sequence[str], *, big: str, small: str) -> str:
    """Every figure of the equations is summed in the one pass over its table; a figure of two sums gives two
    equations."""
    figures = sorted(set(re.findall(FIGURE, " ".join(equations))))
    passes = []
    for table, rows in TABLES.items():
        sums = [
            f"{aggregate} AS {name}{n}"
            for table_of_figure, name in figures
            if table_of_figure == table
            for n, aggregate in enumerate(rows.figures[name])
        ]
        if sums:
            text = f"(SELECT count(*) FILTER (WHERE ({rows.size}) >= {HUGE}) AS huge, {', '.join(sums)} FROM {rows.source}) AS {table}"  # noqa: S608
            passes.append((table, text.format("%(salt0)s", "%(salt1)s", big=big, small=small.replace("%", "%%"))))
    huge = " + ".join(f"{table}.huge" for table, _ in passes)
    values = ", ".join([huge, *map(_per_sum, equations)])
    return f"WITH books AS MATERIALIZED ({BOOKS}) SELECT {values} FROM {', '.join(text for _, text in passes)}"  # noqa: S608  texts of this module


def _per_sum(equations: str) -> str:
    """Each equation once for every sum of its figures. A literal 0 equals all of them."""
    parts = []
    for equation in equations.split(" AND "):
        table, name = re.findall(FIGURE, equation)[0]
        parts += [re.sub(FIGURE, rf"\1.\g<2>{n}", equation) for n in range(len(TABLES[table].figures[name]))]
    return " AND ".join(parts)
