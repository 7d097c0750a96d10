"""The two Chinese tables; and the database keeps them, and who read whose record, as they were written."""

import json

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER payee_reads_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commissions_payeeread
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();
CREATE TRIGGER tax_tables_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commissions_taxtable
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();
ALTER TABLE commissions_taxtable ADD CONSTRAINT tax_table_ends_without_a_limit
    CHECK (jsonb_typeof(brackets) = 'array' AND brackets #> '{-1,0}' IS NOT DISTINCT FROM 'null'::jsonb);
"""
UNDO = """
ALTER TABLE commissions_taxtable DROP CONSTRAINT IF EXISTS tax_table_ends_without_a_limit;
DROP TRIGGER IF EXISTS tax_tables_are_append_only ON commissions_taxtable;
DROP TRIGGER IF EXISTS payee_reads_are_append_only ON commissions_payeeread;
DROP FUNCTION IF EXISTS refuse_to_rewrite();
"""
# What this project is told holds of each; a later law is a later row, added in the admin.
TABLES = [
    {
        "method": "cn_labour_service",
        "starts_on": "1994-01-01",
        "brackets": [[20_000, 20, 0], [50_000, 30, 2_000], [None, 40, 7_000]],
        "flat_deduction": 800,
        "flat_deduction_up_to": 4_000,
        "taxed_percent": 80,
        "monthly_deduction": 0,
        "source": "个人所得税法及实施条例: 劳务报酬所得 (800 / 4000 / 20 %, 20–40 %)",
    },
    {
        "method": "cn_platform_cumulative",
        "starts_on": "2019-01-01",
        "brackets": [
            [36_000, 3, 0],
            [144_000, 10, 2_520],
            [300_000, 20, 16_920],
            [420_000, 25, 31_920],
            [660_000, 30, 52_920],
            [960_000, 35, 85_920],
            [None, 45, 181_920],
        ],
        "flat_deduction": 0,
        "flat_deduction_up_to": 0,
        "taxed_percent": 80,
        "monthly_deduction": 5_000,
        "source": "个人所得税法 (2018) 综合所得税率表, 自 2019-01-01; 国家税务总局公告 2025 年第 16 号 (platforms, from 2025-10)",
    },
]
ADD = """
INSERT INTO commissions_taxtable
    (method, starts_on, brackets, flat_deduction, flat_deduction_up_to, taxed_percent, monthly_deduction, source, added_at)
VALUES (%(method)s, %(starts_on)s, %(brackets)s, %(flat_deduction)s, %(flat_deduction_up_to)s, %(taxed_percent)s, %(monthly_deduction)s, %(source)s, now())
"""


class Migration(migrations.Migration):
    dependencies = [("commissions", "0005_payees")]
    operations = [
        migrations.RunSQL(
            [(ADD, table | {"brackets": json.dumps(table["brackets"])}) for table in TABLES], migrations.RunSQL.noop
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
