"""Transfers are only added, between wallets that stay, and never cross a currency or a brand: the database refuses it, whoever asks."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION refuse_to_rewrite_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transfers are append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER transfers_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commissions_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_transfers();
"""
# A session keeps the plan of its first small batch: it must be look-ups by key, or a large batch later would scan whole tables for every row.
SAME_BOOK = """
CREATE FUNCTION refuse_transfers_across_books() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_wallet source ON source.id = added.source_id
        LEFT JOIN commissions_wallet target ON target.id = added.target_id
        WHERE source.id IS NULL OR target.id IS NULL OR source.currency <> target.currency OR source.brand_id <> target.brand_id
    ) THEN
        RAISE EXCEPTION 'a transfer goes between two wallets of one currency and one brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfers_stay_in_one_book AFTER INSERT ON commissions_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_transfers_across_books();
"""
WALLETS_STAY = """
CREATE FUNCTION refuse_to_move_wallets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.brand_id, NEW.currency) IS DISTINCT FROM (OLD.id, OLD.brand_id, OLD.currency) THEN
        RAISE EXCEPTION 'a wallet stays where it is: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wallets_stay BEFORE DELETE OR UPDATE OF id, brand_id, currency ON commissions_wallet
    FOR EACH ROW EXECUTE FUNCTION refuse_to_move_wallets();
"""
# What a batch names must exist and be of the order's brand: one join a statement, instead of a look-up a row and field.
SAME_BRAND = """
CREATE FUNCTION refuse_lines_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_order sale ON sale.id = added.order_id
        LEFT JOIN content_product product ON product.id = added.product_id
        WHERE sale.id IS NULL OR product.brand_id IS DISTINCT FROM sale.brand_id
    ) THEN
        RAISE EXCEPTION 'an order line sells a product of its order''s brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lines_stay_in_one_brand AFTER INSERT ON commissions_orderline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_lines_across_brands();

CREATE FUNCTION refuse_answers_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_orderline line ON line.id = added.line_id
        LEFT JOIN commissions_order sale ON sale.id = line.order_id
        LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
        LEFT JOIN accounts_koc sponsor ON sponsor.id = added.sponsor_id
        LEFT JOIN commissions_plan plan ON plan.id = added.plan_id
        LEFT JOIN commissions_rule rule ON rule.id = added.rule_id
        WHERE sale.id IS NULL OR koc.brand_id IS DISTINCT FROM sale.brand_id
            OR added.sponsor_id IS NOT NULL AND sponsor.brand_id IS DISTINCT FROM sale.brand_id
            OR added.plan_id IS NOT NULL AND plan.brand_id IS DISTINCT FROM sale.brand_id
            OR added.rule_id IS NOT NULL AND rule.plan_id IS DISTINCT FROM added.plan_id
    ) THEN
        RAISE EXCEPTION 'an answer names a KOC, a sponsor and a plan of the order''s brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER answers_stay_in_one_brand AFTER INSERT ON commissions_lineterms
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_answers_across_brands();

CREATE FUNCTION refuse_commissions_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_orderline line ON line.id = added.line_id
        LEFT JOIN commissions_order sale ON sale.id = line.order_id
        LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
        WHERE sale.brand_id IS DISTINCT FROM added.brand_id OR koc.brand_id IS DISTINCT FROM added.brand_id
    ) THEN
        RAISE EXCEPTION 'a commission is of the brand of its order and its KOC' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER commissions_stay_in_one_brand AFTER INSERT ON commissions_commission
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_commissions_across_brands();
"""
# The other half of a foreign key: what was named stays. Records of sales and money stay whether they are named or not (E-Commerce Law, Art. 31).
NAMED_ROWS_STAY = """
CREATE FUNCTION refuse_to_delete_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER orders_are_kept BEFORE DELETE ON commissions_order FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER order_lines_are_kept BEFORE DELETE ON commissions_orderline FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER answers_are_kept BEFORE DELETE ON commissions_lineterms FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER commissions_are_kept BEFORE DELETE ON commissions_commission FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER reversals_are_kept BEFORE DELETE ON commissions_reversal FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();

CREATE FUNCTION refuse_to_delete_what_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1]) INTO named USING OLD.id;
    IF named THEN
        RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, TG_ARGV[0] USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER sold_products_stay BEFORE DELETE ON content_product FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_orderline', 'product_id');
CREATE TRIGGER plans_that_spoke_stay BEFORE DELETE ON commissions_plan FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_lineterms', 'plan_id');
CREATE TRIGGER rules_that_spoke_stay BEFORE DELETE ON commissions_rule FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_lineterms', 'rule_id');
CREATE TRIGGER credited_kocs_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_lineterms', 'koc_id');
CREATE TRIGGER sponsors_named_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_lineterms', 'sponsor_id');
CREATE TRIGGER kocs_who_earned_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_commission', 'koc_id');
"""
UNDO = """
DROP TRIGGER IF EXISTS kocs_who_earned_stay ON accounts_koc;
DROP TRIGGER IF EXISTS orders_are_kept ON commissions_order;
DROP TRIGGER IF EXISTS order_lines_are_kept ON commissions_orderline;
DROP TRIGGER IF EXISTS answers_are_kept ON commissions_lineterms;
DROP TRIGGER IF EXISTS commissions_are_kept ON commissions_commission;
DROP TRIGGER IF EXISTS reversals_are_kept ON commissions_reversal;
DROP FUNCTION IF EXISTS refuse_to_delete_records();
DROP TRIGGER IF EXISTS sponsors_named_stay ON accounts_koc;
DROP TRIGGER IF EXISTS credited_kocs_stay ON accounts_koc;
DROP TRIGGER IF EXISTS rules_that_spoke_stay ON commissions_rule;
DROP TRIGGER IF EXISTS plans_that_spoke_stay ON commissions_plan;
DROP TRIGGER IF EXISTS sold_products_stay ON content_product;
DROP FUNCTION IF EXISTS refuse_to_delete_what_is_named();
DROP TRIGGER IF EXISTS commissions_stay_in_one_brand ON commissions_commission;
DROP FUNCTION IF EXISTS refuse_commissions_across_brands();
DROP TRIGGER IF EXISTS answers_stay_in_one_brand ON commissions_lineterms;
DROP FUNCTION IF EXISTS refuse_answers_across_brands();
DROP TRIGGER IF EXISTS lines_stay_in_one_brand ON commissions_orderline;
DROP FUNCTION IF EXISTS refuse_lines_across_brands();
DROP TRIGGER IF EXISTS wallets_stay ON commissions_wallet;
DROP FUNCTION IF EXISTS refuse_to_move_wallets();
DROP TRIGGER IF EXISTS transfers_stay_in_one_book ON commissions_transfer;
DROP TRIGGER IF EXISTS transfers_are_append_only ON commissions_transfer;
DROP FUNCTION IF EXISTS refuse_transfers_across_books();
DROP FUNCTION IF EXISTS refuse_to_rewrite_transfers();
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0001_initial")]
    operations = [migrations.RunSQL(APPEND_ONLY + SAME_BOOK + WALLETS_STAY + SAME_BRAND + NAMED_ROWS_STAY, UNDO)]
