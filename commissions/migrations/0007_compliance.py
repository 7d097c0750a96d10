"""Who acknowledged a second paid level, when, and what was read: rows that are only added. What was acknowledged before is taken over without a text."""

import django.db.models.deletion
from django.db import migrations, models

TAKE_OVER = """
INSERT INTO commissions_acknowledgement (brand_id, acknowledged_by, acknowledged_at, version, text)
SELECT brand_id, level2_acknowledged_by, level2_acknowledged_at, '', '' FROM commissions_paypolicy
WHERE level2_acknowledged_by <> '' AND level2_acknowledged_at IS NOT NULL
"""
APPEND_ONLY = """
CREATE FUNCTION refuse_to_rewrite_acknowledgements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acknowledgements are append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER acknowledgements_are_append_only BEFORE UPDATE OR DELETE ON commissions_acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_acknowledgements();
"""
UNDO = """
DROP TRIGGER IF EXISTS acknowledgements_are_append_only ON commissions_acknowledgement;
DROP FUNCTION IF EXISTS refuse_to_rewrite_acknowledgements();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("commissions", "0006_tax_tables_of_the_law")]
    operations = [
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("acknowledged_by", models.CharField(max_length=120)),
                ("acknowledged_at", models.DateTimeField()),
                (
                    "version",
                    models.CharField(
                        blank=True, help_text="of the text; empty: what was read was not recorded then", max_length=20
                    ),
                ),
                ("text", models.TextField(blank=True, help_text="what was read, as it stood")),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("acknowledged_by", ""), _negated=True), name="acknowledgement_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), ("version", "")),
                            models.Q(models.Q(("version", ""), _negated=True), models.Q(("text", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="acknowledgement_text_has_a_version",
                    ),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
        migrations.RunSQL(TAKE_OVER, migrations.RunSQL.noop),
    ]
