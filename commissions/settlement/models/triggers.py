"""What a settlement says of a KOC's money is of that KOC, and stays."""

import pgtrigger

from foundation.postgres.triggers import Trigger, checked, kept, refused, rows_checked, unchanged

STATEMENT_ACROSS_BRANDS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_settlement settlement ON settlement.id = added.settlement_id
    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
    WHERE settlement.id IS NULL OR koc.brand_id IS DISTINCT FROM settlement.brand_id
)"""
STATEMENT_LINE_OF_ANOTHER = """EXISTS (
    SELECT FROM (
        SELECT DISTINCT added.statement_id, COALESCE(earned.koc_id, adjustment.koc_id) AS koc_id FROM added
        LEFT JOIN commissions_commission earned ON earned.id = added.commission_id
        LEFT JOIN commissions_adjustment adjustment ON adjustment.id = added.adjustment_id
    ) AS put
    LEFT JOIN commissions_statement statement ON statement.id = put.statement_id
    WHERE put.koc_id IS NULL OR statement.koc_id IS DISTINCT FROM put.koc_id
)"""
HELD_BY_A_BATCH = (
    "EXISTS (SELECT FROM commissions_payoutline WHERE statement_id = NEW.id AND status IN ('waiting', 'paid'))"
)


def koc_is_of_the_brand(name: str) -> Trigger:
    """Few rows, each of weight: what they name is checked row by row."""
    return rows_checked(
        name,
        pgtrigger.Insert,
        "NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id)",
        "% names a KOC of another brand",
        "TG_TABLE_NAME",
    )


def grants_stand(name: str, *, condition: str = "") -> Trigger:
    return refused(
        name,
        pgtrigger.Update,
        "what was granted, allocated or returned stays so: UPDATE of % refused",
        "TG_TABLE_NAME",
        condition=condition,
    )


OF_SETTLEMENTS = [kept("settlements_are_kept"), unchanged("settlements_stay_where_they_are", "id", "brand_id")]
OF_STATEMENTS = [
    checked(
        "statements_stay_in_one_brand", STATEMENT_ACROSS_BRANDS, "a statement is of a KOC of its settlement's brand"
    ),
    unchanged("statements_stay_whose_they_are", "id", "settlement_id", "koc_id"),
    rows_checked(
        "statements_that_are_held_stay",
        pgtrigger.UpdateOf("status", "net_minor"),
        HELD_BY_A_BATCH,
        "a payout batch holds statement %",
        "NEW.id",
        condition="NEW.status NOT IN ('ready', 'paid') OR NEW.net_minor <> OLD.net_minor",
    ),
    kept("statements_are_kept"),
]
OF_STATEMENT_LINES = [
    checked(
        "statement_lines_are_of_one_koc",
        STATEMENT_LINE_OF_ANOTHER,
        "a statement line is of an item of its statement's KOC",
    ),
    unchanged("statement_lines_stay_of_their_items", "statement_id", "commission_id", "adjustment_id"),
    kept("statement_lines_are_kept"),
]
