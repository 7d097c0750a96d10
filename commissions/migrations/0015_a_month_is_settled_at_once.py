"""What a settlement writes is checked once a statement instead of once a row: a month of a million lines is one month."""

import django.db.models.deletion
from django.db import migrations, models

# A session keeps the plan of its first small batch, so each is look-ups by key whatever the statistics say: see 0004.
FIT = """
CREATE FUNCTION refuse_statements_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_settlement settlement ON settlement.id = added.settlement_id
        LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
        WHERE settlement.id IS NULL OR koc.brand_id IS DISTINCT FROM settlement.brand_id
    ) THEN
        RAISE EXCEPTION 'a statement is of a KOC of its settlement''s brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statements_stay_in_one_brand AFTER INSERT ON commissions_statement
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_statements_across_brands();

CREATE FUNCTION refuse_statement_lines_of_others() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT DISTINCT added.statement_id, COALESCE(earned.koc_id, adjustment.koc_id) AS koc_id FROM added
            LEFT JOIN commissions_commission earned ON earned.id = added.commission_id
            LEFT JOIN commissions_adjustment adjustment ON adjustment.id = added.adjustment_id
        ) AS put
        LEFT JOIN commissions_statement statement ON statement.id = put.statement_id
        WHERE put.koc_id IS NULL OR statement.koc_id IS DISTINCT FROM put.koc_id
    ) THEN
        RAISE EXCEPTION 'a statement line is of an item of its statement''s KOC' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_lines_are_of_one_koc AFTER INSERT ON commissions_statementline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_statement_lines_of_others();

CREATE FUNCTION refuse_commissions_on_statements_of_others() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT statement_id, koc_id FROM changed WHERE statement_id IS NOT NULL) AS put
        LEFT JOIN commissions_statement statement ON statement.id = put.statement_id
        WHERE statement.koc_id IS DISTINCT FROM put.koc_id
    ) THEN
        RAISE EXCEPTION 'a commission is on a statement of its KOC' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER commissions_are_on_statements_of_their_koc AFTER UPDATE ON commissions_commission
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_commissions_on_statements_of_others();

-- An order makes many, and none of them on a statement: it pays nothing for this.
CREATE FUNCTION refuse_to_make_commissions_on_statements_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM commissions_statement WHERE id = NEW.statement_id AND koc_id = NEW.koc_id) THEN
        RAISE EXCEPTION 'a commission is on a statement of its KOC' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commissions_are_made_on_statements_of_their_koc BEFORE INSERT ON commissions_commission FOR EACH ROW
    WHEN (NEW.statement_id IS NOT NULL) EXECUTE FUNCTION refuse_to_make_commissions_on_statements_of_others();

CREATE FUNCTION refuse_wallets_across_brands() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN accounts_brand brand ON brand.id = added.brand_id
        LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
        WHERE brand.id IS NULL OR added.koc_id IS NOT NULL AND koc.brand_id IS DISTINCT FROM added.brand_id
    ) THEN
        RAISE EXCEPTION 'a wallet is of a brand, or of a KOC of the brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER wallets_stay_in_one_brand AFTER INSERT ON commissions_wallet
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_wallets_across_brands();
"""
# What a row names never changes; what it names is never deleted. AFTER, since a BEFORE trigger of rows locks each row that is updated, whatever columns it is of.
STAY = """
CREATE FUNCTION refuse_to_change_what_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER statements_stay_whose_they_are AFTER UPDATE OF id, settlement_id, koc_id ON commissions_statement FOR EACH ROW
    WHEN ((NEW.id, NEW.settlement_id, NEW.koc_id) IS DISTINCT FROM (OLD.id, OLD.settlement_id, OLD.koc_id))
    EXECUTE FUNCTION refuse_to_change_what_is_named();
CREATE TRIGGER statement_lines_stay_of_their_items AFTER UPDATE OF statement_id, commission_id, adjustment_id ON commissions_statementline FOR EACH ROW
    WHEN ((NEW.statement_id, NEW.commission_id, NEW.adjustment_id) IS DISTINCT FROM (OLD.statement_id, OLD.commission_id, OLD.adjustment_id))
    EXECUTE FUNCTION refuse_to_change_what_is_named();
CREATE TRIGGER settlements_stay_where_they_are AFTER UPDATE OF id, brand_id ON commissions_settlement FOR EACH ROW
    WHEN ((NEW.id, NEW.brand_id) IS DISTINCT FROM (OLD.id, OLD.brand_id)) EXECUTE FUNCTION refuse_to_change_what_is_named();
CREATE TRIGGER commissions_stay_what_they_are AFTER UPDATE OF id ON commissions_commission FOR EACH ROW
    WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION refuse_to_change_what_is_named();
CREATE TRIGGER adjustments_stay_what_they_are AFTER UPDATE OF id ON commissions_adjustment FOR EACH ROW
    WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION refuse_to_change_what_is_named();
DROP TRIGGER wallets_stay ON commissions_wallet;
CREATE TRIGGER wallets_are_kept BEFORE DELETE ON commissions_wallet FOR EACH ROW EXECUTE FUNCTION refuse_to_move_wallets();
CREATE TRIGGER wallets_stay AFTER UPDATE OF id, brand_id, koc_id, currency ON commissions_wallet FOR EACH ROW
    WHEN ((NEW.id, NEW.brand_id, NEW.koc_id, NEW.currency) IS DISTINCT FROM (OLD.id, OLD.brand_id, OLD.koc_id, OLD.currency))
    EXECUTE FUNCTION refuse_to_change_what_is_named();
CREATE TRIGGER kocs_with_wallets_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_wallet', 'koc_id');
CREATE TRIGGER kocs_with_statements_stay BEFORE DELETE ON accounts_koc FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_statement', 'koc_id');
CREATE TRIGGER brands_with_wallets_stay BEFORE DELETE ON accounts_brand FOR EACH ROW
    EXECUTE FUNCTION refuse_to_delete_what_is_named('commissions_wallet', 'brand_id');
"""
# Balances move all day: with room beside each, the new one stays in its page and no index hears of it.
ROOM = "ALTER TABLE commissions_wallet SET (fillfactor = 50);"
UNDO = """
ALTER TABLE commissions_wallet RESET (fillfactor);
DROP TRIGGER IF EXISTS brands_with_wallets_stay ON accounts_brand;
DROP TRIGGER IF EXISTS kocs_with_statements_stay ON accounts_koc;
DROP TRIGGER IF EXISTS kocs_with_wallets_stay ON accounts_koc;
DROP TRIGGER IF EXISTS wallets_stay ON commissions_wallet;
DROP TRIGGER IF EXISTS wallets_are_kept ON commissions_wallet;
CREATE TRIGGER wallets_stay BEFORE DELETE OR UPDATE OF id, brand_id, currency ON commissions_wallet
    FOR EACH ROW EXECUTE FUNCTION refuse_to_move_wallets();
DROP TRIGGER IF EXISTS adjustments_stay_what_they_are ON commissions_adjustment;
DROP TRIGGER IF EXISTS commissions_stay_what_they_are ON commissions_commission;
DROP TRIGGER IF EXISTS settlements_stay_where_they_are ON commissions_settlement;
DROP TRIGGER IF EXISTS statement_lines_stay_of_their_items ON commissions_statementline;
DROP TRIGGER IF EXISTS statements_stay_whose_they_are ON commissions_statement;
DROP FUNCTION IF EXISTS refuse_to_change_what_is_named();
DROP TRIGGER IF EXISTS wallets_stay_in_one_brand ON commissions_wallet;
DROP FUNCTION IF EXISTS refuse_wallets_across_brands();
DROP TRIGGER IF EXISTS commissions_are_made_on_statements_of_their_koc ON commissions_commission;
DROP FUNCTION IF EXISTS refuse_to_make_commissions_on_statements_of_others();
DROP TRIGGER IF EXISTS commissions_are_on_statements_of_their_koc ON commissions_commission;
DROP FUNCTION IF EXISTS refuse_commissions_on_statements_of_others();
DROP TRIGGER IF EXISTS statement_lines_are_of_one_koc ON commissions_statementline;
DROP FUNCTION IF EXISTS refuse_statement_lines_of_others();
DROP TRIGGER IF EXISTS statements_stay_in_one_brand ON commissions_statement;
DROP FUNCTION IF EXISTS refuse_statements_across_brands();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("commissions", "0014_made_by_a_change"),
    ]

    operations = [
        migrations.AlterField(
            model_name="commission",
            name="statement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="the first statement that it is on",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.statement",
            ),
        ),
        migrations.AlterField(
            model_name="statement",
            name="koc",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.koc"
            ),
        ),
        migrations.AlterField(
            model_name="statement",
            name="settlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="commissions.settlement",
            ),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="adjustment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statement_lines",
                to="commissions.adjustment",
            ),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="commission",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statement_lines",
                to="commissions.commission",
            ),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="statement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="commissions.statement",
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="brand",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.brand",
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="koc",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.koc",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("adjustment__isnull", False)),
                fields=["adjustment"],
                name="statement_line_by_adjustment",
            ),
        ),
        migrations.RunSQL(FIT + STAY + ROOM, UNDO),
    ]
