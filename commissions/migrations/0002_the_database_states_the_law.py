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
SAME_BOOK = """
CREATE FUNCTION refuse_transfers_across_books() RETURNS trigger LANGUAGE plpgsql AS $$
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
UNDO = """
DROP TRIGGER IF EXISTS wallets_stay ON commissions_wallet;
DROP FUNCTION IF EXISTS refuse_to_move_wallets();
DROP TRIGGER IF EXISTS transfers_stay_in_one_book ON commissions_transfer;
DROP TRIGGER IF EXISTS transfers_are_append_only ON commissions_transfer;
DROP FUNCTION IF EXISTS refuse_transfers_across_books();
DROP FUNCTION IF EXISTS refuse_to_rewrite_transfers();
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0001_initial")]
    operations = [migrations.RunSQL(APPEND_ONLY + SAME_BOOK + WALLETS_STAY, UNDO)]
