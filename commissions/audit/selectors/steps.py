"""The sums of each step, from the orders of some months to the bank's payments of their statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection


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
line AS (SELECT line.*, sale.brand_id, sale.key AS order_key FROM sale JOIN commissions_orderline line ON line.order_id = sale.id),
back AS (
    SELECT CASE WHEN cancelled.id IS NOT NULL THEN line.base_minor ELSE LEAST(line.base_minor, COALESCE(refunded.amount, 0)) END AS amount
    FROM line
    LEFT JOIN commissions_refund cancelled ON cancelled.brand_id = line.brand_id AND cancelled.order_key = line.order_key
        AND cancelled.kind = 'cancellation' AND cancelled.key = '' AND cancelled.status = 'applied'
    LEFT JOIN (
        SELECT sale.id AS order_id, part.line_key, sum(part.amount_minor)::bigint AS amount FROM sale
        JOIN commissions_refund refund ON refund.brand_id = sale.brand_id AND refund.order_key = sale.key AND refund.status = 'applied'
        JOIN commissions_refundline part ON part.refund_id = refund.id GROUP BY sale.id, part.line_key
    ) AS refunded ON refunded.order_id = line.order_id AND refunded.line_key = line.key
)
SELECT 'sold', (SELECT count(*) FROM sale), sum(quantity * unit_price_minor) FROM line
UNION ALL SELECT 'discounts', count(*) FILTER (WHERE discount_minor > 0), -sum(discount_minor) FROM line
UNION ALL SELECT 'order_discounts', count(*) FILTER (WHERE order_discount_minor > 0), -sum(order_discount_minor) FROM sale
UNION ALL SELECT 'base', count(*), sum(base_minor) FROM line
UNION ALL SELECT 'taken_back', count(*), -sum(amount) FROM back WHERE amount > 0
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
SELECT 'paid', count(*), sum(amount_minor) FROM payment WHERE status = 'paid'
UNION ALL SELECT 'failed', count(*), sum(amount_minor) FROM payment WHERE status = 'failed'
UNION ALL SELECT 'booked_as_paid', count(*), sum(transfer.amount_minor) FROM payment
    JOIN commissions_transfer transfer ON transfer.reason = 'paid' AND transfer.cause_id = payment.id
"""
# In the order of the process. A sum without rows is shown as 0, except for the states that few commissions and batches
# are in.
STAGES: dict[str, tuple[str, dict[str, str]]] = {
    "orders": (
        ORDERS,
        {
            "sold": "goods sold, GMV 商品金额",
            "discounts": "discounts of lines 商品优惠",
            "order_discounts": "discounts of orders 订单优惠",
            "base": "base 计佣基数",
            "taken_back": "of it refunded or cancelled 退款与取消",
            "credited": "of it credited to KOCs 归因给KOC",
        },
    ),
    "commissions": (
        COMMISSIONS,
        {
            "accrued": "accrued 计佣",
            "reversed": "taken back 冲回",
            "net": "net 净额",
            "net_pending": "… pending 待确认",
            "net_approved": "… approved 已确认",
            "net_held": "… held for review 审核中",
            "net_reversed": "… reversed 已撤销",
            "net_settled": "… settled 已结算",
            "net_paid": "… paid 已打款",
            "on_statements": "on statements, of any month 已入结算单",
            "open": "on no statement yet 未结算",
            "owed_back": "owed back after a statement 结算后欠款",
        },
    ),
    "statements": (
        STATEMENTS,
        {
            "of_these_orders": "commissions of these orders 本期订单佣金",
            "of_other_orders": "commissions of orders of other months 其他月份订单佣金",
            "adjustments": "subsidies and write-offs 补贴与核销",
            "gross": "gross 应发",
            "debt_in": "debt taken off 抵扣欠款",
            "tax": "tax withheld 代扣税款",
            "net": "net 实发",
            "carried_below_minimum": "carried on, below the minimum 未达起付结转",
            "carried_debt": "carried on, as a debt 欠款结转",
        },
    ),
    "batches": (
        BATCHES,
        {
            "in_no_batch": "in no batch 未入批次",
            "in_draft": "in a draft 草稿",
            "in_approved": "approved 已复核",
            "at_the_bank": "at the bank 打款中",
            "paid": "paid 已打款",
        },
    ),
    "bank": (
        BANK,
        {
            "paid": "paid by the bank 银行已付",
            "failed": "failed 打款失败",
            "booked_as_paid": "booked as paid 记账为已付",
        },
    ),
}
SHOWN_WHEN_THERE = {"net_held", "net_reversed", "in_draft", "in_approved", "net_paid"}


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
