"""What a payout batch may do is the database's word: whose statements, what amounts, in which order, approved by whom."""

from django.db import migrations

# A batch is made with its lines while it is a draft; each pays one whole statement of the brand, in its currency.
LINES_FIT = """
CREATE FUNCTION refuse_payout_lines_that_do_not_fit() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_payoutbatch batch ON batch.id = added.batch_id
        LEFT JOIN commissions_statement statement ON statement.id = added.statement_id
        LEFT JOIN accounts_koc koc ON koc.id = statement.koc_id
        WHERE batch.status IS DISTINCT FROM 'draft' OR koc.brand_id IS DISTINCT FROM batch.brand_id OR statement.koc_id IS DISTINCT FROM added.koc_id
            OR statement.currency IS DISTINCT FROM batch.currency OR statement.net_minor IS DISTINCT FROM added.amount_minor
            OR statement.status IS DISTINCT FROM 'ready' OR added.status IS DISTINCT FROM 'waiting'
    ) THEN
        RAISE EXCEPTION 'a payout line pays a whole ready statement of its draft''s brand and currency' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payout_lines_fit AFTER INSERT ON commissions_payoutline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_payout_lines_that_do_not_fit();
"""
LINES_MOVE_ON = """
CREATE FUNCTION refuse_to_turn_payout_lines_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE batch_status text;
BEGIN
    IF (NEW.id, NEW.batch_id, NEW.position, NEW.statement_id, NEW.koc_id, NEW.amount_minor, NEW.reference)
        IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.position, OLD.statement_id, OLD.koc_id, OLD.amount_minor, OLD.reference) THEN
        RAISE EXCEPTION 'a payout line stays what it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status <> OLD.status THEN
        SELECT status INTO batch_status FROM commissions_payoutbatch WHERE id = NEW.batch_id;
        IF OLD.status <> 'waiting' OR NOT (
            NEW.status IN ('paid', 'failed') AND batch_status = 'exported' OR NEW.status = 'dropped' AND batch_status IN ('draft', 'cancelled')
        ) THEN
            RAISE EXCEPTION 'a payout line of a batch that is % does not go from % to %', batch_status, OLD.status, NEW.status
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_lines_move_on BEFORE UPDATE ON commissions_payoutline FOR EACH ROW EXECUTE FUNCTION refuse_to_turn_payout_lines_back();
"""
BATCHES_MOVE_ON = """
CREATE FUNCTION refuse_to_turn_payout_batches_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told_count bigint; told_total numeric;
BEGIN
    IF (NEW.id, NEW.brand_id, NEW.number, NEW.currency, NEW.made_by_id, NEW.made_at)
        IS DISTINCT FROM (OLD.id, OLD.brand_id, OLD.number, OLD.currency, OLD.made_by_id, OLD.made_at)
        OR OLD.approved_at IS NOT NULL AND (NEW.approved_by_id, NEW.approved_at, NEW.lines_count, NEW.total_minor, NEW.title)
            IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at, OLD.lines_count, OLD.total_minor, OLD.title)
        OR OLD.exported_at IS NOT NULL AND (NEW.exported_by_id, NEW.exported_at, NEW.template_key, NEW.template_text)
            IS DISTINCT FROM (OLD.exported_by_id, OLD.exported_at, OLD.template_key, OLD.template_text) THEN
        RAISE EXCEPTION 'what is said of a payout batch stays said' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status <> OLD.status THEN
        IF (OLD.status, NEW.status) NOT IN
            (('draft', 'approved'), ('draft', 'cancelled'), ('approved', 'exported'), ('approved', 'cancelled'), ('exported', 'closed')) THEN
            RAISE EXCEPTION 'a payout batch does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT count(*), COALESCE(sum(amount_minor), 0) INTO told_count, told_total
        FROM commissions_payoutline WHERE batch_id = NEW.id AND status = 'waiting';
        IF NEW.status IN ('approved', 'exported') AND (told_count, told_total) IS DISTINCT FROM (NEW.lines_count::bigint, NEW.total_minor::numeric) THEN
            RAISE EXCEPTION 'payout batch % says % lines of %, it has % of %', NEW.id, NEW.lines_count, NEW.total_minor, told_count, told_total
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.status = 'closed' AND told_count > 0 THEN
            RAISE EXCEPTION 'payout batch % still waits for % results', NEW.id, told_count USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_batches_move_on BEFORE UPDATE ON commissions_payoutbatch FOR EACH ROW EXECUTE FUNCTION refuse_to_turn_payout_batches_back();
"""
STATEMENTS_THAT_ARE_HELD_STAY = """
CREATE FUNCTION refuse_to_void_what_a_batch_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM commissions_payoutline WHERE statement_id = NEW.id AND status IN ('waiting', 'paid')) THEN
        RAISE EXCEPTION 'a payout batch holds statement %', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statements_that_are_held_stay BEFORE UPDATE OF status, net_minor ON commissions_statement FOR EACH ROW
    WHEN (NEW.status NOT IN ('ready', 'paid') OR NEW.net_minor <> OLD.net_minor) EXECUTE FUNCTION refuse_to_void_what_a_batch_holds();
"""
KEPT = """
CREATE TRIGGER payout_batches_are_kept BEFORE DELETE ON commissions_payoutbatch FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
CREATE TRIGGER payout_lines_are_kept BEFORE DELETE ON commissions_payoutline FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
"""
UNDO = """
DROP TRIGGER IF EXISTS statements_that_are_held_stay ON commissions_statement;
DROP FUNCTION IF EXISTS refuse_to_void_what_a_batch_holds();
DROP TRIGGER IF EXISTS payout_lines_are_kept ON commissions_payoutline;
DROP TRIGGER IF EXISTS payout_batches_are_kept ON commissions_payoutbatch;
DROP TRIGGER IF EXISTS payout_batches_move_on ON commissions_payoutbatch;
DROP FUNCTION IF EXISTS refuse_to_turn_payout_batches_back();
DROP TRIGGER IF EXISTS payout_lines_move_on ON commissions_payoutline;
DROP FUNCTION IF EXISTS refuse_to_turn_payout_lines_back();
DROP TRIGGER IF EXISTS payout_lines_fit ON commissions_payoutline;
DROP FUNCTION IF EXISTS refuse_payout_lines_that_do_not_fit();
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0008_payouts")]
    operations = [
        migrations.RunSQL(LINES_FIT + LINES_MOVE_ON + BATCHES_MOVE_ON + STATEMENTS_THAT_ARE_HELD_STAY + KEPT, UNDO)
    ]
