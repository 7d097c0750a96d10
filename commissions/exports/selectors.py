"""What finance takes away: which rows and columns an export has, as one query each. PostgreSQL writes the cells; see
`commissions.exports.rendering`."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.brands.models import Brand
from accounts.brands.selectors import shown_number_in
from commissions.exports.models import Export
from commissions.settlement.domain.refusals import PeriodRefused
from commissions.settlement.models.statements import Settlement
from foundation.files.exported_cells import RUNS
from foundation.money.amounts import digits_of
from foundation.money.calendar import month_bounds
from foundation.texts.messages import Message

AMOUNT, TEXT, NUMBER, MOMENT, STATEMENT, SEALED = "amount", "text", "number", "moment", "statement", "sealed"


def failed_exports(brands: QuerySet[Brand]) -> QuerySet[Export]:
    """The exports that failed, and were not asked for again since."""
    same = {name: OuterRef(name) for name in ("brand", "kind", "period", "format")}
    again = Export.objects.filter(**same, pk__gt=OuterRef("pk"))
    return Export.objects.filter(~Exists(again), brand__in=brands, status=Export.Status.FAILED)


class ExportColumn(NamedTuple):
    kind: str
    value: str
    """an SQL expression; NULL is an empty cell"""


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """The columns by name, the rows that they are taken from, their order, and the digits of their currency."""

    columns: dict[str, ExportColumn]
    rows: str
    order: str
    parameters: dict[str, Any]
    digits: int


NUMBER_OF_ORDER = shown_number_in("sale")
COMMISSION_COLUMNS = {
    "period": ExportColumn(TEXT, "%(period)s"),
    "koc": ExportColumn(TEXT, "koc.key"),
    "koc_name": ExportColumn(TEXT, "koc.name"),
    "order": ExportColumn(TEXT, NUMBER_OF_ORDER),
    "line": ExportColumn(TEXT, "line.key"),
    "sku": ExportColumn(TEXT, "product.sku"),
    "level": ExportColumn(NUMBER, "earned.level"),
    "paid_at": ExportColumn(MOMENT, "sale.paid_at"),
    "delivered_at": ExportColumn(MOMENT, "delivery.delivered_at"),
    "approved_at": ExportColumn(MOMENT, "earned.approved_at"),
    "base": ExportColumn(AMOUNT, "line.base_minor"),
    # Level 2 has no tier multiplier: its rate is the override. A fixed amount has no rate, and neither has a campaign's
    # bonus, whose key takes the place of the rule.
    "rate_bps": ExportColumn(
        NUMBER,
        "CASE WHEN earned.campaign_id IS NOT NULL THEN NULL WHEN earned.level = 2 THEN COALESCE(former.override_bps, terms.override_bps)"
        " WHEN former.id IS NOT NULL THEN former.rate_bps ELSE terms.rate_bps END",
    ),
    "multiplier_bps": ExportColumn(
        NUMBER, "CASE WHEN earned.level = 2 OR earned.campaign_id IS NOT NULL THEN 10000 ELSE credit.multiplier_bps END"
    ),
    "amount": ExportColumn(AMOUNT, "earned.amount_minor"),
    "refunded_base": ExportColumn(AMOUNT, "line.refunded_minor"),
    "reversed": ExportColumn(AMOUNT, "earned.reversed_minor"),
    "net": ExportColumn(AMOUNT, "earned.amount_minor - earned.reversed_minor"),
    "status": ExportColumn(TEXT, "earned.status"),
    "rule": ExportColumn(TEXT, "COALESCE(campaign.key, (rule.position + 1)::text)"),
    "plan": ExportColumn(TEXT, "plan.key || CASE WHEN plan.version > 1 THEN ' v' || plan.version ELSE '' END"),
    "statement": ExportColumn(STATEMENT, "earned.statement_id"),
}
COMMISSIONS = """
commissions_order sale
JOIN commissions_orderline line ON line.order_id = sale.id
JOIN commissions_commission earned ON earned.line_id = line.id
JOIN commissions_ordercredit credit ON credit.id = earned.credit_id
LEFT JOIN commissions_formerterms former ON former.former_id = credit.former_id AND former.line_id = line.id
LEFT JOIN commissions_lineterms terms ON terms.line_id = line.id AND credit.former_id IS NULL
LEFT JOIN commissions_campaign campaign ON campaign.id = earned.campaign_id
LEFT JOIN commissions_rule rule ON rule.id = COALESCE(terms.rule_id, former.rule_id)
LEFT JOIN commissions_plan plan ON plan.id = COALESCE(terms.plan_id, former.plan_id)
JOIN content_product product ON product.id = line.product_id
JOIN accounts_koc koc ON koc.id = earned.koc_id
LEFT JOIN LATERAL (
    SELECT max(delivered_at) AS delivered_at FROM commissions_delivery
    WHERE (brand_id, shop, order_key) = (sale.brand_id, sale.shop, sale.key) AND refusal = '' AND (lines = '{}' OR line.key = ANY(lines))
) AS delivery ON true
WHERE sale.brand_id = %(brand)s AND sale.paid_at >= %(starts)s AND sale.paid_at < %(ends)s
"""
COMMISSION_ORDER = (
    f'koc.key COLLATE "C", sale.paid_at, ({NUMBER_OF_ORDER}) COLLATE "C", line.key COLLATE "C", earned.level, earned.id'
)
# A carried statement has no number yet. The batch is the one that holds the statement; a failed payment does not hold
# it.
STATEMENT_COLUMNS = {
    "period": ExportColumn(TEXT, "statement.period"),
    "statement": ExportColumn(STATEMENT, "CASE WHEN statement.status <> 'carried' THEN statement.id END"),
    "koc": ExportColumn(TEXT, "koc.key"),
    "koc_name": ExportColumn(TEXT, "koc.name"),
    "payee_name": ExportColumn(SEALED, "payee.name_sealed"),
    "payee_account_last4": ExportColumn(TEXT, "payee.account_last4"),
    "currency": ExportColumn(TEXT, "statement.currency"),
    "gross": ExportColumn(AMOUNT, "statement.gross_minor"),
    "debt_in": ExportColumn(AMOUNT, "statement.debt_in_minor"),
    "tax_method": ExportColumn(TEXT, "statement.tax_method"),
    "taxable": ExportColumn(AMOUNT, "statement.taxable_minor"),
    "tax": ExportColumn(AMOUNT, "statement.tax_minor"),
    "net": ExportColumn(AMOUNT, "statement.net_minor"),
    "carried_out": ExportColumn(AMOUNT, "statement.carried_out_minor"),
    "status": ExportColumn(TEXT, "statement.status"),
    "batch": ExportColumn(TEXT, "batch.number::text"),
}
STATEMENTS = """
commissions_settlement settlement
JOIN commissions_statement statement ON statement.settlement_id = settlement.id
JOIN accounts_koc koc ON koc.id = statement.koc_id
LEFT JOIN commissions_payee payee ON payee.user_id = koc.user_id
LEFT JOIN commissions_payoutline paying ON paying.statement_id = statement.id AND paying.status IN ('waiting', 'paid')
LEFT JOIN commissions_payoutbatch batch ON batch.id = paying.batch_id
WHERE settlement.brand_id = %(brand)s AND settlement.currency = %(currency)s AND settlement.period = %(period)s AND statement.status <> 'void'
"""
STATEMENT_ORDER = 'koc.key COLLATE "C", statement.id'


def commission_export(brand: Brand, period: str) -> ExportQuery:
    """One row per commission of the orders that were paid in a month of the brand's zone, as they are now. Raises
    PeriodRefused."""
    try:
        starts, ends = month_bounds(period, zone=brand.timezone)
    except ValueError as error:
        raise PeriodRefused(error.args[0]) from None
    params = {"period": period, "brand": brand.pk, "starts": starts, "ends": ends}
    return ExportQuery(COMMISSION_COLUMNS, COMMISSIONS, COMMISSION_ORDER, params, digits_of(brand.currency))


def statement_export(brand: Brand, period: str) -> ExportQuery:
    """One row per payee of a settled period, those who are paid and those whose amount is carried; and one per
    withdrawal of the month.

    Statements of reopened periods are void, and left out. Raises PeriodRefused when the period is not settled.
    """
    params = {"brand": brand.pk, "currency": brand.currency, "period": period}
    if not Settlement.objects.filter(**params, on_request=False, reopened_at=None).exists():
        raise PeriodRefused(Message("%(period)s is not settled for %(slug)s", period=period, slug=brand.slug))
    return ExportQuery(STATEMENT_COLUMNS, STATEMENTS, STATEMENT_ORDER, params, digits_of(brand.currency))


def export_of(kind: str, brand: Brand, period: str) -> ExportQuery:
    """The export of a kind. Raises PeriodRefused."""
    return {Export.Kind.COMMISSIONS: commission_export, Export.Kind.STATEMENTS: statement_export}[Export.Kind(kind)](
        brand, period
    )


# How a cell is written, by the kind of its column. The functions of `foundation.files.exported_cells` do the same in
# Python, and a test compares the two.
CELLS = {
    AMOUNT: "{0} * {unit}",
    NUMBER: "{0}",
    # An empty text is NULL, which COPY leaves empty: an empty one it would write as "".
    # What begins with a letter or a digit needs no expression.
    TEXT: f"""NULLIF(CASE WHEN ascii({{0}}) BETWEEN 65 AND 126 OR ascii({{0}}) BETWEEN 48 AND 57 THEN {{0}}
        WHEN {{0}} ~ '{RUNS}' THEN '''' || {{0}} ELSE {{0}} END, '')""",
    MOMENT: """replace(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000', '')""",
    # Between two marks that occur nowhere else: Python replaces the number by the public id, and the sealed name by the
    # name; keys are never sent to the database.
    STATEMENT: "%(mark)s || {0} || %(mark)s",
    SEALED: "%(mark)s || {0} || %(mark)s",
}


def cells_query(export: ExportQuery) -> str:
    """The rows in their order, every cell as it is shown. The query takes `%(mark)s` and the parameters of the
    export."""
    unit = f"0.{'1'.zfill(export.digits)}" if export.digits else "1"
    values = ", ".join(f'{column.value} AS "{name}"' for name, column in export.columns.items())
    cells = ", ".join(CELLS[column.kind].format(f'"{name}"', unit=unit) for name, column in export.columns.items())
    # Sorted before they are written: a row of texts is four times as wide, and a sort on disk as slow.
    return f"SELECT {cells} FROM (SELECT {values} FROM {export.rows} ORDER BY {export.order}) AS value"  # noqa: S608  texts of this module


def number_of_rows(export: ExportQuery) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {export.rows}", export.parameters)  # noqa: S608
        count: int = cursor.fetchone()[0]
        return count
