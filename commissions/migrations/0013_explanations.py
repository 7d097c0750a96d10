"""What an explanation needs and was not kept: why nobody is credited or paid level 2, which other plans were looked at, and of what late amounts were computed."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# An order that was amended before this: it was answered as the last version said that had been heard by then.
ANSWERED = """
UPDATE commissions_orderversion spoke SET answered = true
FROM commissions_order sale
WHERE sale.id = spoke.order_id AND spoke.received_at <= sale.credited_at AND NOT EXISTS (
    SELECT FROM commissions_orderversion later
    WHERE later.order_id = spoke.order_id AND later.received_at <= sale.credited_at AND later.reported_at > spoke.reported_at
);
"""
LAWS = """
CREATE FUNCTION refuse_to_delete_what_was_looked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM commissions_plan plan
        JOIN commissions_decision decision ON decision.brand_id = plan.brand_id
            AND decision.seen->>'plan' = plan.key AND (decision.seen->>'version')::int = plan.version
        WHERE plan.id = OLD.plan_id
    ) THEN
        RAISE EXCEPTION 'a rule that was looked at for a sale stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER rules_that_were_looked_at_stay BEFORE DELETE ON commissions_rule FOR EACH ROW EXECUTE FUNCTION refuse_to_delete_what_was_looked_at();

CREATE FUNCTION refuse_missed_bonuses_across_brands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN commissions_orderline line ON line.id = added.line_id
        LEFT JOIN commissions_order sale ON sale.id = line.order_id
        LEFT JOIN commissions_ordercredit credit ON credit.id = added.credit_id
        LEFT JOIN commissions_campaign campaign ON campaign.id = added.campaign_id
        WHERE credit.order_id IS DISTINCT FROM sale.id OR campaign.brand_id IS DISTINCT FROM sale.brand_id
    ) THEN
        RAISE EXCEPTION 'a missed bonus names a credit of its order and a campaign of its brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER missed_bonuses_stay_in_one_brand AFTER INSERT ON commissions_missedbonus
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_missed_bonuses_across_brands();
CREATE TRIGGER missed_bonuses_are_kept BEFORE DELETE ON commissions_missedbonus FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete_records();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("commissions", "0012_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="MissedBonus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_minor", models.PositiveBigIntegerField(help_text="what it would have been")),
                (
                    "because",
                    models.CharField(
                        choices=[("guard", "the guard 总额上限"), ("budget", "the budget 预算用尽")], max_length=6
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "missed bonuses",
            },
        ),
        migrations.AddField(
            model_name="bonusterms",
            name="room_minor",
            field=models.PositiveBigIntegerField(
                help_text="what the line's guard left for it when it was made; empty: not kept then", null=True
            ),
        ),
        migrations.AddField(
            model_name="commission",
            name="left_minor",
            field=models.PositiveBigIntegerField(
                help_text="what was left of the line's base when an amendment made it", null=True
            ),
        ),
        migrations.AddField(
            model_name="commission",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="the amendment that made it, if one did",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.orderversion",
            ),
        ),
        migrations.AddField(
            model_name="lineterms",
            name="compared",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                help_text="decisions of the other plans that were looked at: those before, as far as they protect the share",
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="credit_seen",
            field=models.JSONField(
                blank=True,
                help_text="what the credit was decided from: the policy of then, the visits seen, why nobody",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="ordercredit",
            name="no_level_2",
            field=models.CharField(
                blank=True,
                choices=[
                    ("one_level", "the brand paid one level 仅一级"),
                    ("no_sponsor", "had no sponsor 无推荐人"),
                    ("not_active", "the sponsor was not active 推荐人未生效"),
                ],
                db_default="",
                default="",
                help_text="why nobody is paid level 2",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="orderversion",
            name="answered",
            field=models.BooleanField(
                db_default=False, default=False, help_text="the order stood so when it was answered"
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_minor__isnull", True), ("version__isnull", True)),
                    models.Q(("left_minor__isnull", False), ("version__isnull", False)),
                    _connector="OR",
                ),
                name="commission_of_an_amendment_says_of_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered", True)), fields=("order",), name="order_version_answered_once"
            ),
        ),
        migrations.AddField(
            model_name="missedbonus",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="commissions.campaign"
            ),
        ),
        migrations.AddField(
            model_name="missedbonus",
            name="credit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.ordercredit",
            ),
        ),
        migrations.AddField(
            model_name="missedbonus",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.orderline",
            ),
        ),
        migrations.AddConstraint(
            model_name="missedbonus",
            constraint=models.UniqueConstraint(fields=("line", "credit", "campaign"), name="missed_bonus_once"),
        ),
        migrations.AddConstraint(
            model_name="missedbonus",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="missed_bonus_was_something"
            ),
        ),
        migrations.RunSQL(ANSWERED + LAWS, migrations.RunSQL.noop),
    ]
