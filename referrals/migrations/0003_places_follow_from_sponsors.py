"""Root and depth of a place follow from its sponsor's place: the database refuses others, so that no cycle can be stored; who moved a KOC, and why; limits of invitations."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A session keeps the plan of its first small batch: it must be look-ups by key.
PLACES = """
CREATE FUNCTION refuse_misplaced_kocs() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM placed
        LEFT JOIN referrals_sponsorship above ON above.koc_id = placed.sponsor_id
        WHERE placed.sponsor_id IS NOT NULL
            AND (above.brand_id, above.root_id, above.depth + 1) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth)
    ) OR TG_OP = 'UPDATE' AND EXISTS (
        SELECT FROM placed JOIN referrals_sponsorship below ON below.sponsor_id = placed.koc_id
        WHERE (below.brand_id, below.root_id, below.depth) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth + 1)
    ) THEN
        RAISE EXCEPTION 'a KOC stands one below its sponsor, under the same root and in the same brand' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER newcomers_stand_under_sponsors AFTER INSERT ON referrals_sponsorship
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_kocs();
CREATE TRIGGER moved_kocs_stand_under_sponsors AFTER UPDATE ON referrals_sponsorship
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_kocs();
"""
ANYWHERE = """
DROP TRIGGER newcomers_stand_under_sponsors ON referrals_sponsorship;
DROP TRIGGER moved_kocs_stand_under_sponsors ON referrals_sponsorship;
DROP FUNCTION refuse_misplaced_kocs();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("referrals", "0002_shared_credit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sponsorchange",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sponsorchange",
            name="reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="sponsorship",
            name="code_drawn_at",
            field=models.DateTimeField(
                blank=True, help_text="when the KOC drew the invite code; empty: it is the first one", null=True
            ),
        ),
        migrations.CreateModel(
            name="InvitationPolicy",
            fields=[
                (
                    "brand",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.brand",
                    ),
                ),
                (
                    "most_people",
                    models.PositiveIntegerField(
                        blank=True, help_text="who may join by one KOC's code 每人最多邀请人数", null=True
                    ),
                ),
                (
                    "in_days",
                    models.PositiveIntegerField(
                        blank=True, help_text="… within so many days; empty: ever 统计天数，留空为累计", null=True
                    ),
                ),
                (
                    "valid_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="a code is good for so many days; then the KOC draws a new one 邀请码有效天数",
                        null=True,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "invitation policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("most_people__isnull", False), ("in_days__isnull", True), _connector="OR"),
                        name="invitation_days_belong_to_a_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("in_days__isnull", True), ("in_days__gt", 0), _connector="OR"),
                        name="invitation_days_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_days__isnull", True), ("valid_days__gt", 0), _connector="OR"),
                        name="invitation_validity_is_positive",
                    ),
                ],
            },
        ),
        migrations.RunSQL(PLACES, ANYWHERE),
    ]
