"""Compare two steps row by row: the amount of one side with that of the other. Rows that differ are listed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.brands.selectors import shown_number_in, shown_number_of
from commissions.earnings.selectors.order_changes import line_states
from commissions.orders.models import Order
from foundation.terminal.progress import Progress, tell
from foundation.texts.sentences import decoded
from foundation.texts.translation import Text, translated

NAMED = 100
ORDERS_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class RowDifference:
    row: str
    told: int
    found: int


@dataclass(frozen=True, slots=True)
class ReconciliationLink:
    """`label` says what should be equal. `told` and `found` are the sums of the two sides; `differences` are the first
    rows of `count` that are not equal.

    `unit` is `money`, or `rows` where rows are counted. Not `looked_at`: the comparison was skipped.
    """

    key: str
    label: Text
    unit: str
    told: int
    found: int
    count: int
    differences: list[RowDifference]
    looked_at: bool = True


class Question(NamedTuple):
    """A query that returns (row, told, found) for every row of the link."""

    key: str
    label: Text
    query: str
    unit: str = "money"


# Parts of several queries, in braces there.
NUMBER = shown_number_in("sale")
QUERY_PARTS = {
    "number": NUMBER,
    "refunded": shown_number_in("refund", "order_key"),
    "sales": "commissions_order sale",
    "earned": "commissions_order sale JOIN commissions_orderline line ON line.order_id = sale.id"
    " JOIN commissions_commission earned ON earned.line_id = line.id",
    "paid_then": "sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s",
    "a_commission": "format('commission %%s of order %%s', earned.id, " + NUMBER + ")",
    "statements": "commissions_settlement settlement JOIN commissions_statement statement ON statement.settlement_id = settlement.id"
    " JOIN accounts_koc koc ON koc.id = statement.koc_id",
    "of_then": "settlement.brand_id = %(brand)s AND settlement.currency = %(currency)s AND settlement.period BETWEEN %(first)s AND %(last)s",
    "a_statement": "format('statement %%s of KOC %%s, %%s', statement.id, koc.key, statement.period)",
    "a_payment": "format('payment %%s in batch #%%s', line.reference, batch.number)",
}
QUESTIONS = [
    Question(
        "events",
        _("every event of the shop was accepted, or told again"),
        """
        SELECT format('%%s %%s: %%s', event.type, event.webhook_id, event.refusal), 1, CASE
            WHEN event.status = 'accepted' THEN 1
            WHEN EXISTS (SELECT FROM {sales} WHERE (sale.brand_id, sale.shop, sale.key) = (event.brand_id, event.shop, event.body #>> '{{data,order}}'))
                AND event.type = 'order.paid' AND NOT EXISTS (
                    SELECT FROM commissions_doubt WHERE event_id = event.id AND contests AND outcome = '') THEN 1
            WHEN EXISTS (
                SELECT FROM commissions_delivery WHERE (brand_id, shop, order_key) = (event.brand_id, event.shop, event.body #>> '{{data,order}}'))
                AND event.type = 'order.delivered' THEN 1
            WHEN EXISTS (
                SELECT FROM commissions_refund known WHERE (brand_id, shop, order_key) = (event.brand_id, event.shop, event.body #>> '{{data,order}}')
                AND known.key = COALESCE(event.body #>> '{{data,refund}}', '')) AND event.type IN ('order.refunded', 'order.cancelled') THEN 1
            ELSE 0 END
        FROM commissions_event event WHERE event.brand_id = %(brand)s AND event.received_at >= %(starts)s AND event.received_at < %(ends)s
        """,
        unit="rows",
    ),
    Question(
        "base",
        _("goods sold − discounts = base"),
        """
        SELECT format('order %%s', {number}), COALESCE(sum(line.quantity * line.unit_price_minor - line.discount_minor)
                FILTER (WHERE line.product_id IS NOT NULL AND line.quantity > 0 AND line.unit_price_minor >= 0), 0) - sale.order_discount_minor
                + COALESCE(sum(LEAST(0, line.quantity * line.unit_price_minor - line.discount_minor))
                FILTER (WHERE line.product_id IS NULL OR line.quantity <= 0 OR line.unit_price_minor < 0), 0),
            COALESCE(sum(line.base_minor), 0)
        FROM {sales} LEFT JOIN commissions_orderline line ON line.order_id = sale.id WHERE {paid_then} GROUP BY sale.id
        """,
    ),
    Question(
        "answered",
        _("every order was answered"),
        "SELECT format('order %%s', {number}), 1, CASE WHEN sale.credited_at IS NULL THEN 0 ELSE 1 END FROM {sales} WHERE {paid_then}",
        unit="rows",
    ),
    Question(
        "applied",
        _("every refund and amendment was applied"),
        """
        SELECT format('%%s %%s of order %%s %%s', refund.kind, refund.key, {refunded}, COALESCE(NULLIF(refund.refusal, ''), refund.status)), 1,
            CASE WHEN refund.status = 'applied' OR refund.dismissed_at IS NOT NULL THEN 1 ELSE 0 END
        FROM commissions_refund refund LEFT JOIN {sales} ON (sale.brand_id, sale.shop, sale.key) = (refund.brand_id, refund.shop, refund.order_key)
        WHERE refund.brand_id = %(brand)s AND COALESCE(sale.paid_at, refund.refunded_at) >= %(starts)s AND COALESCE(sale.paid_at, refund.refunded_at) < %(ends)s
        UNION ALL SELECT format('amendment of order %%s', {number}), 1, CASE WHEN version.status = 'applied' THEN 1 ELSE 0 END
        FROM {sales} JOIN commissions_orderversion version ON version.order_id = sale.id WHERE {paid_then}
        """,
        unit="rows",
    ),
    Question(
        "accrued",
        _("commissions accrued = ledger"),
        """
        SELECT {a_commission}, earned.amount_minor, COALESCE(moved.amount_minor, 0)
        FROM {earned} LEFT JOIN commissions_transfer moved ON moved.reason = 'accrual' AND moved.cause_id = earned.id WHERE {paid_then}
        """,
    ),
    Question(
        "reversed",
        _("commissions taken back = ledger"),
        """
        SELECT {a_commission}, earned.reversed_minor, COALESCE(taken.amount, 0)
        FROM {earned} LEFT JOIN (
            SELECT reversal.commission_id, sum(sign(reversal.amount_minor) * moved.amount_minor) AS amount
            FROM {earned} JOIN commissions_reversal reversal ON reversal.commission_id = earned.id
            LEFT JOIN commissions_transfer moved ON moved.reason = 'reversal' AND moved.cause_id = reversal.id WHERE {paid_then}
            GROUP BY reversal.commission_id
        ) AS taken ON taken.commission_id = earned.id WHERE {paid_then} AND (earned.reversed_minor <> 0 OR taken.amount <> 0)
        """,
    ),
    Question(
        "on_statements",
        _("commissions on statements = lines of statements"),
        """
        SELECT {a_commission}, earned.settled_minor, COALESCE(on_statements.amount, 0)
        FROM {earned} LEFT JOIN (
            SELECT part.commission_id, sum(part.amount_minor) AS amount
            FROM {earned} JOIN commissions_statementline part ON part.commission_id = earned.id
            JOIN commissions_statement statement ON statement.id = part.statement_id AND statement.status <> 'void'
            WHERE {paid_then} GROUP BY part.commission_id
        ) AS on_statements ON on_statements.commission_id = earned.id WHERE {paid_then} AND (earned.settled_minor <> 0 OR on_statements.amount <> 0)
        """,
    ),
    Question(
        "lines",
        _("lines of statements = gross − debt taken off"),
        """
        SELECT {a_statement}, COALESCE(sum(line.amount_minor), 0), statement.gross_minor - statement.debt_in_minor
        FROM {statements} LEFT JOIN commissions_statementline line ON line.statement_id = statement.id
        WHERE {of_then} AND statement.status <> 'void' GROUP BY statement.id, koc.id
        """,
    ),
    Question(
        "net",
        _("gross − debt taken off − tax = net"),
        """
        SELECT {a_statement}, statement.gross_minor - statement.debt_in_minor - statement.tax_minor, statement.net_minor
        FROM {statements} WHERE {of_then} AND statement.status <> 'void'
        """,
    ),
    Question(
        "statements_moved",
        _("net of statements = ledger; of reopened ones nothing is left"),
        """
        SELECT {a_statement}, CASE WHEN statement.status = 'void' THEN 0 ELSE statement.net_minor END, COALESCE(sum(moved.amount_minor * CASE
            WHEN moved.reason IN ('settlement', 'debt_advance', 'reopened_debt_recovery', 'reopened_tax') THEN 1 ELSE -1 END), 0)
        FROM {statements} LEFT JOIN commissions_transfer moved ON moved.cause_id = statement.id AND moved.reason IN ('settlement', 'debt_advance',
            'debt_recovery', 'tax', 'reopened_settlement', 'reopened_debt_advance', 'reopened_debt_recovery', 'reopened_tax')
        WHERE {of_then} GROUP BY statement.id, koc.id
        """,
    ),
    Question(
        "in_batches",
        _("lines of batches = net of their statements"),
        """
        SELECT {a_payment}, line.amount_minor, statement.net_minor
        FROM {statements} JOIN commissions_payoutline line ON line.statement_id = statement.id AND line.status <> 'dropped'
        JOIN commissions_payoutbatch batch ON batch.id = line.batch_id WHERE {of_then}
        """,
    ),
    Question(
        "batch_totals",
        _("batches = sum of their lines"),
        """
        SELECT format('batch #%%s', batch.number), batch.total_minor, COALESCE(sum(line.amount_minor), 0)
        FROM commissions_payoutbatch batch LEFT JOIN commissions_payoutline line ON line.batch_id = batch.id AND line.status <> 'dropped'
        WHERE batch.status <> 'cancelled' AND batch.id IN (
            SELECT part.batch_id FROM {statements} JOIN commissions_payoutline part ON part.statement_id = statement.id WHERE {of_then}
        ) GROUP BY batch.id
        """,
    ),
    Question(
        "statements_paid",
        _("statements that are paid = payments that the bank made"),
        """
        SELECT {a_statement}, CASE WHEN statement.status = 'paid' THEN statement.net_minor ELSE 0 END, COALESCE(sum(line.amount_minor), 0)
        FROM {statements} LEFT JOIN commissions_payoutline line ON line.statement_id = statement.id AND line.status = 'paid'
        WHERE {of_then} AND (statement.status = 'paid' OR line.id IS NOT NULL) GROUP BY statement.id, koc.id
        """,
    ),
    Question(
        "at_the_bank",
        _("payments whose result is awaited = ledger"),
        """
        SELECT {a_payment},
            CASE WHEN line.status = 'waiting' AND batch.status = 'exported' THEN line.amount_minor ELSE 0 END,
            COALESCE(sum(CASE moved.reason WHEN 'payout' THEN moved.amount_minor ELSE -moved.amount_minor END), 0)
        FROM {statements} JOIN commissions_payoutline line ON line.statement_id = statement.id JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
        LEFT JOIN commissions_transfer moved ON moved.cause_id = line.id AND moved.reason IN ('payout', 'paid', 'returned')
        WHERE {of_then} GROUP BY line.id, batch.id
        """,
    ),
    Question(
        "bank",
        _("payments that the bank made = ledger"),
        """
        SELECT {a_payment}, CASE WHEN line.status IN ('paid', 'returned') THEN line.amount_minor ELSE 0 END,
            COALESCE(moved.amount_minor, 0)
        FROM {statements} JOIN commissions_payoutline line ON line.statement_id = statement.id JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
        LEFT JOIN commissions_transfer moved ON moved.cause_id = line.id AND moved.reason = 'paid'
        WHERE {of_then} AND (line.status IN ('paid', 'returned') OR moved.id IS NOT NULL)
        """,
    ),
    Question(
        "given_back",
        _("payments that the bank gave back = ledger"),
        """
        SELECT {a_payment}, CASE WHEN line.status = 'returned' THEN line.amount_minor ELSE 0 END, COALESCE(moved.amount_minor, 0)
        FROM {statements} JOIN commissions_payoutline line ON line.statement_id = statement.id JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
        LEFT JOIN commissions_transfer moved ON moved.cause_id = line.id AND moved.reason = 'given_back'
        WHERE {of_then} AND (line.status = 'returned' OR moved.id IS NOT NULL)
        """,
    ),
]


def link_of(question: Question, params: Mapping[str, Any]) -> ReconciliationLink:
    """Both sums in one statement, so of one snapshot; then, if any row differs, the first rows that do."""
    rows = f"({question.query.format(**QUERY_PARTS)}) AS link(row, told, found)"
    with connection.cursor() as cursor:
        sums = "COALESCE(sum(told), 0), COALESCE(sum(found), 0), count(*) FILTER (WHERE told <> found)"
        cursor.execute(f"SELECT {sums} FROM {rows}", params)  # noqa: S608  constants
        told, found, count = cursor.fetchone()
        differences: list[RowDifference] = []
        if count:
            cursor.execute(f"SELECT * FROM {rows} WHERE told <> found ORDER BY row LIMIT {NAMED}", params)  # noqa: S608  texts of this module
            differences = [RowDifference(_read(row), int(told), int(found)) for row, told, found in cursor.fetchall()]
    return ReconciliationLink(question.key, question.label, question.unit, int(told), int(found), count, differences)


def _read(row: str) -> str:
    """A row of the query; where it ends with a sentence as rows keep it, in the language that is active."""
    what, begins, rest = row.partition('{"sentence":')
    return what + translated(decoded(begins + rest))


TERMS = Question("terms", _("what the frozen terms give for what is left = net of commissions"), "")


def terms_link(params: Mapping[str, Any], *, progress: Progress | None = None) -> ReconciliationLink:
    """Every commission computed again from its line's frozen terms and what is left of its base, some orders at a time.
    `progress` is called with the number of orders done."""
    told = found = count = done = 0
    differences: list[RowDifference] = []
    for orders in _order_batches(params):
        for row, expected, net in _recomputed(orders):
            told, found = told + expected, found + net
            if expected != net:
                count += 1
                differences.append(RowDifference(row, expected, net))
        del differences[NAMED:]
        done += len(orders)
        tell(progress, done)
    return ReconciliationLink(TERMS.key, TERMS.label, TERMS.unit, told, found, count, differences)


def _recomputed(orders: Mapping[int, str]) -> Iterator[tuple[str, int, int]]:
    """Every commission of some orders with the amount that it should have, and the amount that it has."""
    for order, lines in line_states(dict.fromkeys(orders)).items():
        for state in lines.values():
            expected = state.worths()
            for commission in state.earned:
                row = f"commission {commission.id} of order {orders[order]}"
                yield row, expected[commission.id], commission.net_minor


def skipped_link(question: Question) -> ReconciliationLink:
    return ReconciliationLink(question.key, question.label, question.unit, 0, 0, 0, [], looked_at=False)


def _order_batches(params: Mapping[str, Any]) -> Iterator[dict[int, str]]:
    """pk → number of the orders of the months, in the order of their pks."""
    sold = Order.objects.filter(
        brand=params["brand"], paid_at__gte=params["starts"], paid_at__lt=params["ends"], credited_at__isnull=False
    ).order_by("pk")
    last = 0
    while batch := dict(
        sold.filter(pk__gt=last).annotate(shown=shown_number_of()).values_list("pk", "shown")[:ORDERS_A_TIME]
    ):
        yield batch
        last = max(batch)
