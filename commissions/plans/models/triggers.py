"""What has promised or paid money stays as it was: plans, their rules, campaigns."""

import pgtrigger

from foundation.postgres.triggers import changed, named_stays, rows_checked

# `plan` stands for the row's plan.
HAS_SPOKEN = """EXISTS (
    SELECT FROM commissions_plan plan
    JOIN commissions_order sale ON sale.brand_id = plan.brand_id AND sale.paid_at >= plan.starts_at AND sale.credited_at IS NOT NULL
    JOIN commissions_orderline line ON line.order_id = sale.id
    JOIN commissions_lineterms answer ON answer.line_id = line.id
    WHERE plan.id = {spoken} AND {spoken} IN (answer.plan_id, answer.protected_from_id)
) OR EXISTS (SELECT FROM commissions_formerterms WHERE {spoken} IN (plan_id, protected_from_id))"""
ANSWERED_AFTER_ITS_END = """EXISTS (
    SELECT FROM commissions_order sale
    JOIN commissions_orderline line ON line.order_id = sale.id
    JOIN commissions_lineterms answer ON answer.line_id = line.id
    WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= NEW.ends_at AND OLD.id = COALESCE(answer.protected_from_id, answer.plan_id)
)"""
RULE_LOOKED_AT = """EXISTS (
    SELECT FROM commissions_plan plan
    JOIN commissions_decision decision ON decision.brand_id = plan.brand_id
        AND decision.seen->>'plan' = plan.key AND (decision.seen->>'version')::int = plan.version
    WHERE plan.id = OLD.plan_id
)"""
HAS_PROMISED = """(OLD.reserved_minor > 0 OR EXISTS (SELECT FROM commissions_monthlyvolume WHERE campaign_id = OLD.id) OR EXISTS (
    SELECT FROM commissions_order sale
    JOIN commissions_orderline line ON line.order_id = sale.id
    JOIN commissions_commission made ON made.line_id = line.id
    WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= OLD.starts_at AND made.campaign_id = OLD.id
))"""
CAMPAIGN_TERMS = ("brand_id", "key", "kind", "starts_at", "skus", "fixed_minor", "steps")

OF_PLANS = [
    rows_checked(
        "plans_are_not_rewritten",
        pgtrigger.Update,
        f"{changed('brand_id', 'key', 'version', 'starts_at')} AND ({HAS_SPOKEN.format(spoken='OLD.id')})",
        "plan % has answered orders, and stays as it is",
        "OLD.id",
    ),
    rows_checked(
        "plans_end_after_their_orders",
        pgtrigger.Update,
        f"{changed('ends_at')} AND {ANSWERED_AFTER_ITS_END}",
        "plan % has answered an order that was paid later than its end would be",
        "OLD.id",
    ),
    named_stays("plans_that_spoke_stay", "commissions_lineterms", "plan_id"),
    named_stays("plans_that_once_spoke_stay", "commissions_formerterms", "plan_id"),
]
OF_RULES = [
    rows_checked(
        "rules_are_not_rewritten",
        pgtrigger.Insert | pgtrigger.Update,
        f"{HAS_SPOKEN.format(spoken='NEW.plan_id')} OR TG_OP = 'UPDATE' AND ({HAS_SPOKEN.format(spoken='OLD.plan_id')})",
        "plan % has answered orders, and its rules stay as they are",
        "NEW.plan_id",
    ),
    named_stays("rules_that_spoke_stay", "commissions_lineterms", "rule_id"),
    named_stays("rules_that_once_spoke_stay", "commissions_formerterms", "rule_id"),
    rows_checked(
        "rules_that_were_looked_at_stay", pgtrigger.Delete, RULE_LOOKED_AT, "a rule that was looked at for a sale stays"
    ),
]
OF_CAMPAIGNS = [
    rows_checked(
        "campaigns_are_not_rewritten",
        pgtrigger.UpdateOf(*CAMPAIGN_TERMS),
        f"{changed(*CAMPAIGN_TERMS)} AND {HAS_PROMISED}",
        "campaign % has promised money, and what it pays stays as it is",
        "OLD.id",
    ),
    named_stays("campaigns_that_paid_stay", "commissions_commission", "campaign_id"),
]
