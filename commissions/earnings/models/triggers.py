"""What is said of a sale and of its money names rows of one brand, and is kept.

Fields without a constraint are checked here, by one join a statement, which also sees that all are of one brand, as a
foreign key could not."""

import pgtrigger

from foundation.postgres.triggers import KeyedTrigger, checked, kept, named_stays, rows_checked, unchanged

ANSWER_ACROSS_BRANDS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_orderline line ON line.id = added.line_id
    LEFT JOIN commissions_order sale ON sale.id = line.order_id
    LEFT JOIN commissions_plan plan ON plan.id = added.plan_id
    LEFT JOIN commissions_rule rule ON rule.id = added.rule_id
    LEFT JOIN commissions_decision decision ON decision.id = added.decision_id
    LEFT JOIN commissions_plan protected_from ON protected_from.id = added.protected_from_id
    WHERE sale.id IS NULL
        OR added.plan_id IS NOT NULL AND plan.brand_id IS DISTINCT FROM sale.brand_id
        OR added.rule_id IS NOT NULL AND rule.plan_id IS DISTINCT FROM added.plan_id
        OR added.decision_id IS NOT NULL AND decision.brand_id IS DISTINCT FROM sale.brand_id
        OR added.protected_from_id IS NOT NULL AND protected_from.brand_id IS DISTINCT FROM sale.brand_id
)"""
CREDIT_ACROSS_BRANDS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_order sale ON sale.id = added.order_id
    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
    LEFT JOIN accounts_koc sponsor ON sponsor.id = added.sponsor_id
    LEFT JOIN referrals_share share ON share.id = added.share_id
    WHERE sale.id IS NULL OR koc.brand_id IS DISTINCT FROM sale.brand_id
        OR added.sponsor_id IS NOT NULL AND sponsor.brand_id IS DISTINCT FROM sale.brand_id
        OR added.share_id IS NOT NULL AND share.brand_id IS DISTINCT FROM sale.brand_id
)"""
COMMISSION_ACROSS_BRANDS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_orderline line ON line.id = added.line_id
    LEFT JOIN commissions_order sale ON sale.id = line.order_id
    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
    LEFT JOIN commissions_ordercredit credit ON credit.id = added.credit_id
    LEFT JOIN commissions_campaign campaign ON campaign.id = added.campaign_id
    WHERE sale.brand_id IS DISTINCT FROM added.brand_id OR koc.brand_id IS DISTINCT FROM added.brand_id
        OR credit.order_id IS DISTINCT FROM sale.id
        OR added.koc_id IS DISTINCT FROM CASE added.level WHEN 1 THEN credit.koc_id ELSE credit.sponsor_id END
        OR added.campaign_id IS NOT NULL AND campaign.brand_id IS DISTINCT FROM added.brand_id
)"""
COMMISSION_ON_A_STATEMENT_OF_ANOTHER = """EXISTS (
    SELECT FROM (SELECT DISTINCT statement_id, koc_id FROM changed WHERE statement_id IS NOT NULL) AS put
    LEFT JOIN commissions_statement statement ON statement.id = put.statement_id
    WHERE statement.koc_id IS DISTINCT FROM put.koc_id
)"""
MADE_ON_A_STATEMENT_OF_ANOTHER = (
    "NOT EXISTS (SELECT FROM commissions_statement WHERE id = NEW.statement_id AND koc_id = NEW.koc_id)"
)
MISSED_BONUS_ACROSS_BRANDS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_orderline line ON line.id = added.line_id
    LEFT JOIN commissions_order sale ON sale.id = line.order_id
    LEFT JOIN commissions_ordercredit credit ON credit.id = added.credit_id
    LEFT JOIN commissions_campaign campaign ON campaign.id = added.campaign_id
    WHERE credit.order_id IS DISTINCT FROM sale.id OR campaign.brand_id IS DISTINCT FROM sale.brand_id
)"""

KEPT_AS_FORMER = """
IF NOT EXISTS (
    SELECT FROM commissions_formerterms WHERE line_id = OLD.line_id
        AND (decision_id, plan_id, rule_id, protected_from_id, rate_bps, fixed_minor, override_bps, cap_minor, total_cap_bps) IS NOT DISTINCT FROM
            (OLD.decision_id, OLD.plan_id, OLD.rule_id, OLD.protected_from_id, OLD.rate_bps, OLD.fixed_minor, OLD.override_bps, OLD.cap_minor,
            OLD.total_cap_bps)
) THEN
    RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN OLD;
"""

OF_ANSWERS = [
    checked(
        "answers_stay_in_one_brand", ANSWER_ACROSS_BRANDS, "an answer names a plan and a decision of the order's brand"
    ),
    KeyedTrigger(
        name="answers_are_kept_or_former",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=KEPT_AS_FORMER,
    ),
]
OF_CREDITS = [
    checked(
        "credits_stay_in_one_brand",
        CREDIT_ACROSS_BRANDS,
        "credit names a KOC, a sponsor and a share of the order's brand",
    ),
    checked(
        "credits_sum_to_the_whole",
        "EXISTS (SELECT FROM added GROUP BY order_id HAVING sum(credit_bps) <> 10000)",
        "the credit for an order sums to 10000 bps",
    ),
    kept("credits_are_kept"),
]
OF_COMMISSIONS = [
    checked(
        "commissions_stay_in_one_brand",
        COMMISSION_ACROSS_BRANDS,
        "a commission pays who is credited with its order, or their sponsor, at its brand",
    ),
    checked(
        "commissions_are_on_statements_of_their_koc",
        COMMISSION_ON_A_STATEMENT_OF_ANOTHER,
        "a commission is on a statement of its KOC",
        operation=pgtrigger.Update,
        rows="changed",
    ),
    rows_checked(
        "commissions_are_made_on_their_kocs_statements",
        pgtrigger.Insert,
        MADE_ON_A_STATEMENT_OF_ANOTHER,
        "a commission is on a statement of its KOC",
        condition="NEW.statement_id IS NOT NULL",
    ),
    unchanged("commissions_stay_what_they_are", "id"),
    kept("commissions_are_kept"),
]
OF_MISSED_BONUSES = [
    checked(
        "missed_bonuses_stay_in_one_brand",
        MISSED_BONUS_ACROSS_BRANDS,
        "a missed bonus names a credit of its order and a campaign of its brand",
    ),
    kept("missed_bonuses_are_kept"),
]
OF_NAMED_KOCS = [
    named_stays("credited_kocs_stay", "commissions_ordercredit", "koc_id"),
    named_stays("sponsors_named_stay", "commissions_ordercredit", "sponsor_id"),
    named_stays("kocs_who_earned_stay", "commissions_commission", "koc_id"),
]
