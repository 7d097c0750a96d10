"""Rows derived of shares and visits, and the queue of those that are not counted yet; what is there already is queued."""

import django.db.models.deletion
from django.db import migrations, models

# Parents before their children, and shares before their visits. A statement of a million rows is one insert more, not a million.
QUEUE = """
CREATE FUNCTION referrals_queue_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO referrals_pendingaggregate (brand_id, share_id) SELECT brand_id, id FROM fresh ORDER BY depth, id;
    RETURN NULL;
END $$;
CREATE FUNCTION referrals_queue_visits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO referrals_pendingaggregate (brand_id, visit_id)
    SELECT share.brand_id, fresh.id FROM fresh JOIN referrals_share share ON share.id = fresh.share_id WHERE fresh.uncounted = '';
    RETURN NULL;
END $$;
CREATE TRIGGER share_is_queued AFTER INSERT ON referrals_share REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION referrals_queue_shares();
CREATE TRIGGER visit_is_queued AFTER INSERT ON referrals_visit REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION referrals_queue_visits();
INSERT INTO referrals_pendingaggregate (brand_id, share_id) SELECT brand_id, id FROM referrals_share ORDER BY depth, id;
INSERT INTO referrals_pendingaggregate (brand_id, visit_id)
    SELECT share.brand_id, visit.id FROM referrals_visit visit JOIN referrals_share share ON share.id = visit.share_id WHERE visit.uncounted = '';
"""
NO_QUEUE = """
DROP TRIGGER share_is_queued ON referrals_share;
DROP TRIGGER visit_is_queued ON referrals_visit;
DROP FUNCTION referrals_queue_shares();
DROP FUNCTION referrals_queue_visits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("referrals", "0007_communities"),
    ]

    operations = [
        migrations.CreateModel(
            name="CascadeLayer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "root_id", "depth", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("depth", models.PositiveIntegerField()),
                ("shares", models.IntegerField()),
                ("visits", models.IntegerField()),
                ("people", models.IntegerField()),
                (
                    "first_at",
                    models.DateTimeField(help_text="empty: people are reached there by visits only", null=True),
                ),
                (
                    "root",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.share",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CascadePerson",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "root_id", "person", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.CharField(max_length=64)),
                ("depth", models.PositiveIntegerField()),
                ("shared", models.BooleanField()),
                (
                    "root",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.share",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "cascade people",
            },
        ),
        migrations.CreateModel(
            name="ShareAggregate",
            fields=[
                (
                    "share",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="referrals.share",
                    ),
                ),
                ("size", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="folded_share_counts_itself")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cascade",
            fields=[
                (
                    "root",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="referrals.share",
                    ),
                ),
                ("shares", models.PositiveIntegerField()),
                ("size_sum", models.BigIntegerField()),
                (
                    "square_sum",
                    models.DecimalField(
                        decimal_places=0, help_text="a chain of four million is past 2^63", max_digits=30
                    ),
                ),
                ("people", models.PositiveIntegerField(default=0)),
                ("reach", models.PositiveIntegerField(default=0)),
                (
                    "brand",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.brand",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("people__lte", models.F("reach")), ("people__lte", models.F("shares"))),
                        name="cascade_people_are_reached",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PendingAggregate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "brand",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.brand",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.share",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.visit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["brand", "id"], name="pendingaggregate_in_order")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("share__isnull", False), ("visit__isnull", True)),
                            models.Q(("share__isnull", True), ("visit__isnull", False)),
                            _connector="OR",
                        ),
                        name="pendingaggregate_is_a_share_or_a_visit",
                    )
                ],
            },
        ),
        migrations.RunSQL(QUEUE, NO_QUEUE),
    ]
