from django.db import models

from foundation.postgres.triggers import append_only, changed, checked, named_stays, raised


class Row(models.Model):
    class Meta:
        app_label = "foundation"
        managed = False
        db_table = "foundation_row"

    def __str__(self) -> str:
        return "row"


def sql(trigger: object) -> str:
    return " ".join(str(trigger.compile(Row).install_sql).split())  # type: ignore[attr-defined]


def test_a_refusal_quotes_its_text_and_names_its_arguments() -> None:
    assert raised("it's % of %", "OLD.id", "TG_OP") == (
        "RAISE EXCEPTION 'it''s % of %', OLD.id, TG_OP USING ERRCODE = 'integrity_constraint_violation';"
    )


def test_no_session_can_switch_a_law_off_by_a_setting() -> None:
    assert "ignore" not in sql(append_only("rows_are_append_only"))
    assert 'BEFORE UPDATE OR DELETE OR TRUNCATE ON "foundation_row" FOR EACH STATEMENT' in sql(
        append_only("rows_are_append_only")
    )


def test_a_check_of_what_a_statement_adds_looks_up_by_key() -> None:
    text = sql(checked("rows_fit", wrong="EXISTS (SELECT FROM added WHERE id = 7)", message="7 is taken"))
    assert "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS" in text
    assert 'AFTER INSERT ON "foundation_row" REFERENCING NEW TABLE AS added FOR EACH STATEMENT' in text
    assert "IF EXISTS (SELECT FROM added WHERE id = 7) THEN RAISE EXCEPTION '7 is taken'" in text


def test_a_row_that_is_named_is_refused_as_a_foreign_key_would() -> None:
    text = sql(named_stays("rows_named_stay", table="other", column="row_id"))
    assert "IF EXISTS (SELECT FROM other WHERE row_id = OLD.id) THEN" in text
    assert "'% % is named by %', TG_TABLE_NAME, OLD.id, 'other' USING ERRCODE = 'foreign_key_violation'" in text


def test_a_change_is_of_any_of_the_columns_and_of_empty_ones_too() -> None:
    assert changed("a", "b") == "ROW(NEW.a, NEW.b) IS DISTINCT FROM ROW(OLD.a, OLD.b)"
