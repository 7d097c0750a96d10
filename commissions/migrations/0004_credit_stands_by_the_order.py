"""Whom an order is credited to moves from its answered lines to rows of its own, and the database learns the laws of the new rows."""

import django.db.models.deletion
from django.db import migrations, models

# One batch check for every table: what is named must exist and be of one brand. Its plan is look-ups by key whatever the statistics say: an autoanalyze in
# the middle of a large load that is not committed counts no rows, and a plan made from that would scan whole tables for every row.
CHECKED_BY_KEY = """
DROP TRIGGER answers_stay_in_one_brand ON commissions_lineterms;
DROP FUNCTION refuse_answers_across_brands();

CREATE FUNCTION refuse_credits_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_order sale ON sale.id = added.order_id
        LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
        LEFT JOIN accounts_koc sponsor ON sponsor.id = added.sponsor_id
        LEFT JOIN referrals_share share ON share.id = added.share_id
        WHERE sale.id IS NULL OR koc.brand_id IS DISTINCT FROM sale.brand_id
            OR added.sponsor_id IS NOT NULL AND sponsor.brand_id IS DISTINCT FROM sale.brand_id
            OR added.share_id IS NOT NULL AND share.brand_id IS DISTINCT FROM sale.brand_id
    ) THEN
        RAISE EXCEPTION 'credit names a KOC, a sponsor and a share of the order''s brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM added GROUP BY order_id HAVING sum(credit_bps) <> 10000) THEN
        RAISE EXCEPTION 'the credit for an order sums to 10000 bps' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credits_stay_in_one_brand AFTER INSERT ON commissions_ordercredit
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_credits_across_brands();

CREATE FUNCTION refuse_answers_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
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
    ) THEN
        RAISE EXCEPTION 'an answer names a plan and a decision of the order''s brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER answers_stay_in_one_brand AFTER INSERT ON commissions_lineterms
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_answers_across_brands();

CREATE OR REPLACE FUNCTION refuse_commissions_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
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
    ) THEN
        RAISE EXCEPTION 'a commission pays who is credited with its order, or their sponsor, at its brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""
STAYS = """
DROP TRIGGER credited_kocs_stay ON accounts_koc;
DROP TRIGGER sponsors_named_stay ON accounts_koc;
CREATE TRIGGER credited_kocs_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_ordercredit', 'koc_id');
CREATE TRIGGER sponsors_named_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_ordercredit', 'sponsor_id');
CREATE TRIGGER credited_shares_stay BEFORE DELETE ON referrals_share FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_ordercredit', 'share_id');
CREATE TRIGGER campaigns_that_paid_stay BEFORE DELETE ON commissions_campaign FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_commission', 'campaign_id');
CREATE TRIGGER credits_are_kept BEFORE DELETE ON commissions_ordercredit FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER decisions_are_kept BEFORE DELETE ON commissions_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER bonus_terms_are_kept BEFORE DELETE ON commissions_bonusterms FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER reviews_are_kept BEFORE DELETE ON commissions_riskreview FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER adjustments_are_kept BEFORE DELETE ON commissions_adjustment FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER statements_are_kept BEFORE DELETE ON commissions_statement FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER statement_lines_are_kept BEFORE DELETE ON commissions_statementline FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER settlements_are_kept BEFORE DELETE ON commissions_settlement FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
"""
FILL = """
INSERT INTO commissions_ordercredit (order_id, place, koc_id, sponsor_id, share_id, credit_bps, tier, multiplier_bps, channel)
SELECT DISTINCT ON (sale.id) sale.id, 0, answer.koc_id, answer.sponsor_id, sale.share_id, 10000, tier.key, answer.multiplier_bps, COALESCE(share.channel, '')
FROM commissions_lineterms answer JOIN commissions_orderline line ON line.id = answer.line_id JOIN commissions_order sale ON sale.id = line.order_id
JOIN accounts_koc koc ON koc.id = answer.koc_id LEFT JOIN referrals_share share ON share.id = sale.share_id
LEFT JOIN LATERAL (
    SELECT tier_before_id FROM accounts_tierchange WHERE koc_id = koc.id AND changed_at > sale.paid_at ORDER BY changed_at, id LIMIT 1
) AS past ON true
JOIN accounts_tier tier ON tier.id = COALESCE(past.tier_before_id, koc.tier_id)
ORDER BY sale.id, line.position;
UPDATE commissions_commission earned SET credit_id = credit.id
FROM commissions_orderline line JOIN commissions_ordercredit credit ON credit.order_id = line.order_id WHERE line.id = earned.line_id;
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0003_one_book_for_everything")]
    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField("lineterms", "koc"),
        migrations.RemoveField("lineterms", "sponsor"),
        migrations.RemoveField("lineterms", "multiplier_bps"),
        migrations.AlterField(
            "commission",
            "credit",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.ordercredit",
            ),
        ),
        migrations.RunSQL(CHECKED_BY_KEY + STAYS),
    ]
