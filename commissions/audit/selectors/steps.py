"""The sums of each step, from the orders of some months to the bank's payments of their statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.texts.translation import Text


@dataclass(frozen=True, slots=True)
class ReconciliationStep:
    """`stage` is the part of the process, `key` what is summed there, `label` the same for a person."""

    stage: str
    key: str
    label: str
    count: int
    amount_minor: int


# The orders that were paid in the months, as they are now; of an amended order the last version.
ORDERS = """
WITH sale AS (SELECT * FROM commissions_order WHERE brand_id = %(brand)s AND paid_at >= %(starts)s AND paid_at < %(ends)s),
line AS (SELECT line.*, sale.brand_id, sale.key AS order_key FROM sale JOIN commissions_orderline line ON line.order_id = sale.id)
SELECT 'sold', (SELECT count(*) FROM sale), sum(quantity * unit_price_minor) FROM line
UNION ALL SELECT 'discounts', count(*) FILTER (WHERE discount_minor > 0), -sum(discount_minor) FROM line
UNION ALL SELECT 'order_discounts', count(*) FILTER (WHERE order_discount_minor > 0), -sum(order_discount_minor) FROM sale
UNION ALL SELECT 'base', count(*), sum(base_minor) FROM line
UNION ALL SELECT 'taken_back', count(*), -sum(refunded_minor) FROM line WHERE refunded_minor > 0
UNION ALL SELECT 'credited', count(*), sum(base_minor) FROM line
    WHERE EXISTS (SELECT FROM commissions_ordercredit credit WHERE credit.order_id = line.order_id)
"""
COMMISSIONS = """
WITH earned AS (
    SELECT earned.*, earned.amount_minor - earned.reversed_minor AS net_minor FROM commissions_order sale
    JOIN commissions_orderline line ON line.order_id = sale.id JOIN commissions_commission earned ON earned.line_id = line.id
    WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s
)
SELECT 'accrued', count(*), sum(amount_minor) FROM earned
UNION ALL SELECT 'reversed', count(*) FILTER (WHERE reversed_minor <> 0), -sum(reversed_minor) FROM earned
UNION ALL SELECT 'net', count(*) FILTER (WHERE net_minor <> 0), sum(net_minor) FROM earned
UNION ALL SELECT 'net_' || status, count(*), sum(net_minor) FROM earned WHERE net_minor <> 0 GROUP BY status
UNION ALL SELECT 'on_statements', count(*) FILTER (WHERE settled_minor <> 0), sum(settled_minor) FROM earned
UNION ALL SELECT 'open', count(*) FILTER (WHERE net_minor > settled_minor), sum(net_minor - settled_minor) FILTER (WHERE net_minor > settled_minor) FROM earned
UNION ALL SELECT 'owed_back', count(*) FILTER (WHERE net_minor < settled_minor), sum(net_minor - settled_minor) FILTER (WHERE net_minor < settled_minor)
    FROM earned
"""
# The statements of the months: the monthly ones, and withdrawals.
STATEMENTS = """
WITH live AS (
    SELECT statement.* FROM commissions_settlement settlement JOIN commissions_statement statement ON statement.settlement_id = settlement.id
    WHERE settlement.brand_id = %(brand)s AND settlement.currency = %(currency)s AND settlement.period BETWEEN %(first)s AND %(last)s
        AND statement.status <> 'void'
), item AS (
    SELECT line.amount_minor, line.adjustment_id, sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s AS is_of_these
    FROM live JOIN commissions_statementline line ON line.statement_id = live.id
    LEFT JOIN commissions_commission earned ON earned.id = line.commission_id
    LEFT JOIN commissions_orderline sold ON sold.id = earned.line_id LEFT JOIN commissions_order sale ON sale.id = sold.order_id
)
SELECT 'of_these_orders', count(*), sum(amount_minor) FROM item WHERE is_of_these
UNION ALL SELECT 'of_other_orders', count(*), sum(amount_minor) FROM item WHERE NOT is_of_these
UNION ALL SELECT 'adjustments', count(*), sum(amount_minor) FROM item WHERE adjustment_id IS NOT NULL
UNION ALL SELECT 'gross', count(*), sum(gross_minor) FROM live WHERE status <> 'carried'
UNION ALL SELECT 'debt_in', count(*), -sum(debt_in_minor) FROM live WHERE debt_in_minor > 0
UNION ALL SELECT 'tax', count(*), -sum(tax_minor) FROM live WHERE tax_minor > 0
UNION ALL SELECT 'net', count(*), sum(net_minor) FROM live WHERE status <> 'carried'
UNION ALL SELECT 'carried_below_minimum', count(*), sum(carried_out_minor) FROM live WHERE carried_out_minor > 0
UNION ALL SELECT 'carried_debt', count(*), sum(carried_out_minor) FROM live WHERE carried_out_minor < 0
"""
BATCHES = """
SELECT CASE WHEN line.id IS NULL THEN 'in_no_batch' WHEN line.status = 'paid' THEN 'paid' WHEN batch.status = 'exported' THEN 'at_the_bank'
    ELSE 'in_' || batch.status END, count(*), sum(statement.net_minor)
FROM commissions_settlement settlement JOIN commissions_statement statement ON statement.settlement_id = settlement.id
LEFT JOIN commissions_payoutline line ON line.statement_id = statement.id AND line.status IN ('waiting', 'paid')
LEFT JOIN commissions_payoutbatch batch ON batch.id = line.batch_id
WHERE settlement.brand_id = %(brand)s AND settlement.currency = %(currency)s AND settlement.period BETWEEN %(first)s AND %(last)s
    AND statement.status IN ('ready', 'paid') AND statement.net_minor > 0
GROUP BY 1
"""
BANK = """
WITH payment AS (
    SELECT line.* FROM commissions_settlement settlement JOIN commissions_statement statement ON statement.settlement_id = settlement.id
    JOIN commissions_payoutline line ON line.statement_id = statement.id
    WHERE settlement.brand_id = %(brand)s AND settlement.currency = %(currency)s AND settlement.period BETWEEN %(first)s AND %(last)s
)
SELECT 'paid', count(*), sum(amount_minor) FROM payment WHERE status IN ('paid', 'returned')
UNION ALL SELECT 'given_back', count(*), -sum(amount_minor) FROM payment WHERE status = 'returned' HAVING count(*) > 0
UNION ALL SELECT 'failed', count(*), sum(amount_minor) FROM payment WHERE status = 'failed'
UNION ALL SELECT 'booked_as_paid', count(*), sum(transfer.amount_minor) FROM payment
    JOIN commissions_transfer transfer ON transfer.reason = 'paid' AND transfer.cause_id = payment.id
UNION ALL SELECT 'booked_as_given_back', count(*), -sum(transfer.amount_minor) FROM payment
    JOIN commissions_transfer transfer ON transfer.reason = 'given_back' AND transfer.cause_id = payment.id HAVING count(*) > 0
"""
# In the order of the process. A sum without rows is shown as 0, except for the states that few commissions and batches
# are in.
STAGES: dict[str, tuple[str, dict[str, Text]]] = {
    "orders": (
        ORDERS,
        {
            "sold": _("goods sold, GMV"),
            "discounts": _("discounts of lines"),
            "order_discounts": _("discounts of orders"),
            "base": _("base"),
            "taken_back": _("of it refunded or cancelled"),
            "credited": _("of it credited to KOCs"),
        },
    ),
    "commissions": (
        COMMISSIONS,
        {
            "accrued": _("accrued"),
            "reversed": _("taken back"),
            "net": _("net"),
            "net_pending": _("… pending"),
            "net_approved": _("… approved"),
            "net_held": _("… held for review"),
            "net_reversed": _("… reversed"),
            "net_settled": _("… settled"),
            "net_paid": _("… paid"),
            "on_statements": _("on statements, of any month"),
            "open": _("on no statement yet"),
            "owed_back": _("owed back after a statement"),
        },
    ),
    "statements": (
        STATEMENTS,
        {
            "of_these_orders": _("commissions of these orders"),
            "of_other_orders": _("commissions of orders of other months"),
            "adjustments": _("subsidies and write-offs"),
            "gross": _("gross"),
            "debt_in": _("debt taken off"),
            "tax": _("tax withheld"),
            "net": pgettext_lazy("of a statement", "net"),
            "carried_below_minimum": _("carried on, below the minimum"),
            "carried_debt": _("carried on, as a debt"),
        },
    ),
    "batches": (
        BATCHES,
        {
            "in_no_batch": _("in no batch"),
            "in_draft": _("in a draft"),
            "in_approved": _("approved"),
            "at_the_bank": _("at the bank"),
            "paid": _("paid"),
        },
    ),
    "bank": (
        BANK,
        {
            "paid": _("paid by the bank"),
            "given_back": _("of it given back by the bank: to be paid again"),
            "failed": _("failed"),
            "booked_as_paid": _("booked as paid"),
            "booked_as_given_back": _("booked as given back"),
        },
    ),
}
SHOWN_WHEN_THERE = {
    "net_held",
    "net_reversed",
    "in_draft",
    "in_approved",
    "net_paid",
    "given_back",
    "booked_as_given_back",
}


def steps_of(params: Mapping[str, Any]) -> list[ReconciliationStep]:
    """Every step, in order. `params` are those of the queries: brand, currency, starts, ends, first, last."""
    steps = []
    with connection.cursor() as cursor:
        for stage, (query, labels) in STAGES.items():
            cursor.execute(query, params)
            sums = {key: (count, int(amount or 0)) for key, count, amount in cursor.fetchall()}
            all_labels = labels | {key: key for key in sums if key not in labels}
            steps += [
                ReconciliationStep(stage, key, label, *sums.get(key, (0, 0)))
                for key, label in all_labels.items()
                if key in sums or key not in SHOWN_WHEN_THERE
            ]
    return steps
