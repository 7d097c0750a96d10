"""The tables, and the laws that they keep."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from foundation.postgres.triggers import KeyedTriggerSql, TriggerSql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("content", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(name="Share", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("channel", models.CharField(
                choices=[
                    ("any", "any"), ("moments", "Moments"), ("community", "community"), ("xiaohongshu", "Xiaohongshu"), ("douyin", "Douyin"),
                ],
                default="any", max_length=12,
            )),
            ("depth", models.PositiveIntegerField(default=0)),
            ("code", models.CharField(max_length=16, unique=True)),
            ("key", models.CharField(blank=True, help_text="the key of the import, if it was imported", max_length=64, null=True)),
            ("shared_at", models.DateTimeField()),
            ("tapped_on", models.DateField(
                blank=True, help_text="the day in the brand's zone; the same tap on the same day is the same share. Empty: imported", null=True,
            )),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("kit", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="content.kit")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("parent", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="children", to="referrals.share")),
            ("root", models.ForeignKey(
                blank=True, help_text="empty: this share is the root", null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share",
            )),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="share_key_once_per_brand"),
            models.UniqueConstraint(
                condition=models.Q(("tapped_on__isnull", False)), fields=("koc", "kit", "channel", "parent", "tapped_on"), name="share_once_per_tap_and_day",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("depth", 0), ("parent", None), ("root", None)),
                    models.Q(("depth__gt", 0), ("parent__isnull", False), ("root__isnull", False)), _connector="OR",
                ),
                name="share_root_has_depth_0",
            ),
            models.CheckConstraint(condition=models.Q(("pk", models.F("parent")), _negated=True), name="share_not_its_own_parent"),
        ], "indexes": [
            models.Index(fields=["koc", "-shared_at"], name="share_by_koc"),
            models.Index(fields=["root", "depth"], name="share_by_level"),
            models.Index(fields=["brand", "kit", "shared_at"], name="share_by_kit"),
        ]}),
        AddTrigger(model_name="share", trigger=Trigger(name="share_is_queued", sql=TriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_share_is_queued_29cac", referencing="REFERENCING NEW TABLE AS fresh ",
            table="referrals_share", when="AFTER",
            func="INSERT INTO referrals_pendingaggregate (brand_id, share_id) SELECT brand_id, id FROM fresh ORDER BY depth, id;\nRETURN NULL;",
        ))),
        migrations.CreateModel(name="Binding", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("cause", models.CharField(choices=[("click", "click"), ("order", "order")], max_length=5)),
            ("since", models.DateTimeField()),
            ("until", models.DateTimeField(blank=True, null=True)),
            ("because", models.CharField(
                blank=True,
                choices=[("", "no end"), ("expired", "expired"), ("released", "no order for long"), ("snatched", "another KOC came")],
                default="", max_length=8,
            )),
            ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("share", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("because", ""), ("until", None)), models.Q(("until__gt", models.F("since")), models.Q(("because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="binding_ends_after_it_begins_and_says_why",
            ),
            ExclusionConstraint(
                expressions=[
                    (models.Func("customer_id", "customer_id", models.Value("[]"), function="int8range"), "&&"),
                    (models.Func("since", "until", function="tstzrange"), "&&"),
                ],
                name="a_customer_is_bound_to_one_koc_at_a_time",
            ),
        ]}),
        migrations.CreateModel(name="CascadeLayer", fields=[
            ("pk", models.CompositePrimaryKey("root_id", "depth", blank=True, editable=False, primary_key=True, serialize=False)),
            ("depth", models.PositiveIntegerField()),
            ("shares", models.IntegerField()),
            ("visits", models.IntegerField()),
            ("people", models.IntegerField()),
            ("first_at", models.DateTimeField(help_text="empty: people are reached there by visits only", null=True)),
            ("root", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
        ]),
        migrations.CreateModel(name="CascadePerson", fields=[
            ("pk", models.CompositePrimaryKey("root_id", "person", blank=True, editable=False, primary_key=True, serialize=False)),
            ("person", models.CharField(max_length=64)),
            ("depth", models.PositiveIntegerField()),
            ("shared", models.BooleanField()),
            ("root", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
        ], options={"verbose_name_plural": "cascade people"}),
        migrations.CreateModel(name="Community", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("group", "group"), ("training", "training group")], default="group", max_length=8)),
            ("name", models.CharField(max_length=60)),
            ("topic", models.CharField(blank=True, max_length=200)),
            ("code", models.CharField(help_text="of the entry link", max_length=16, unique=True)),
            ("opened_at", models.DateTimeField()),
            ("closed_at", models.DateTimeField(blank=True, null=True)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("leader", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"verbose_name_plural": "communities", "constraints": [
            models.UniqueConstraint(condition=models.Q(("closed_at", None)), fields=("leader", "name"), name="open_community_once_per_leader_and_name"),
            models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="community_has_a_name"),
        ], "indexes": [
            models.Index(fields=["leader", "-opened_at"], name="community_by_leader"),
        ]}),
        migrations.CreateModel(name="CommunityMember", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("joined_at", models.DateTimeField()),
            ("left_at", models.DateTimeField(blank=True, null=True)),
            ("community", models.ForeignKey(on_delete=models.PROTECT, related_name="members", to="referrals.community")),
            ("customer", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
            ("koc", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(("koc", None), ("customer", None), _connector="XOR"), name="member_is_a_koc_or_a_customer",
            ),
            models.CheckConstraint(
                condition=models.Q(("left_at", None), ("left_at__gte", models.F("joined_at")), _connector="OR"), name="member_leaves_after_joining",
            ),
            models.UniqueConstraint(
                condition=models.Q(("koc__isnull", False), ("left_at", None)), fields=("community", "koc"), name="koc_once_in_a_community",
            ),
            models.UniqueConstraint(
                condition=models.Q(("customer__isnull", False), ("left_at", None)), fields=("community", "customer"),
                name="customer_once_in_a_community",
            ),
        ], "indexes": [
            models.Index(fields=["community", "-joined_at"], name="member_by_community"),
        ]}),
        migrations.CreateModel(name="Coupon", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("code", models.CharField(help_text="as the shop knows it; upper case", max_length=64)),
            ("channel", models.CharField(
                choices=[
                    ("any", "any"), ("moments", "Moments"), ("community", "community"), ("xiaohongshu", "Xiaohongshu"), ("douyin", "Douyin"),
                ],
                default="any", max_length=12,
            )),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField(blank=True, null=True)),
            ("valid_days", models.PositiveIntegerField(blank=True, help_text="good so many days after receipt; empty: needs none", null=True)),
            ("stock", models.PositiveIntegerField(blank=True, help_text="how often it can be used; empty: always", null=True)),
            ("most_per_customer", models.PositiveIntegerField(blank=True, default=1, help_text="empty: always", null=True)),
            ("used", models.PositiveIntegerField(default=0)),
            ("stopped_at", models.DateTimeField(blank=True, null=True)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "code"), name="coupon_code_once_per_brand"),
            models.CheckConstraint(condition=models.Q(("code__regex", "^[^\\sa-z]+$")), name="coupon_code_is_upper_case_without_blanks"),
            models.CheckConstraint(
                condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"), name="coupon_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(("stock", None), ("used__lte", models.F("stock")), _connector="OR"), name="coupon_is_not_used_beyond_its_stock",
            ),
            models.CheckConstraint(
                condition=models.Q(("valid_days", None), ("valid_days__gt", 0), _connector="OR"), name="coupon_validity_is_positive",
            ),
        ], "indexes": [
            models.Index(fields=["koc", "-starts_at"], name="coupon_by_koc"),
        ]}),
        migrations.CreateModel(name="CouponReceipt", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("received_at", models.DateTimeField()),
            ("coupon", models.ForeignKey(on_delete=models.PROTECT, related_name="receipts", to="referrals.coupon")),
            ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
        ], options={"constraints": [models.UniqueConstraint(fields=("coupon", "customer"), name="coupon_received_once")]}),
        migrations.CreateModel(name="CouponUse", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("order_key", models.CharField(help_text="the shop's order number", max_length=64)),
            ("used_at", models.DateTimeField(help_text="when the order was paid")),
            ("coupon", models.ForeignKey(on_delete=models.PROTECT, related_name="uses", to="referrals.coupon")),
            ("customer", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("coupon", "order_key"), name="coupon_used_once_per_order"),
        ], "indexes": [
            models.Index(fields=["coupon", "customer"], name="coupon_use_by_customer"),
        ]}),
        migrations.CreateModel(name="CreditPolicy", fields=[
            ("brand", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="accounts.brand")),
            ("attribution", models.CharField(
                choices=[
                    ("last_click", "last click"), ("first_click", "first click"), ("linear", "every touch alike"),
                    ("position", "first and last most"), ("time_decay", "the later the more"),
                ],
                default="last_click", max_length=12,
            )),
            ("window_days", models.PositiveIntegerField(default=30)),
            ("binding_mode", models.CharField(
                choices=[("none", "none"), ("first", "the first KOC, for days"), ("permanent", "the first KOC, for ever")],
                default="none", max_length=9,
            )),
            ("binding_days", models.PositiveIntegerField(blank=True, help_text="how long the first one binds", null=True)),
            ("binding_by", models.CharField(
                choices=[("either", "click or order"), ("click", "click"), ("order", "order")], default="either", max_length=6,
            )),
            ("binding_protect_days", models.PositiveIntegerField(
                blank=True, help_text="after so many days another KOC may take the customer over; empty: never", null=True,
            )),
            ("binding_release_days", models.PositiveIntegerField(blank=True, help_text="free again after so many days without an order", null=True)),
            ("self_purchase", models.CharField(choices=[("refuse", "earns nothing"), ("allow", "earns")], default="refuse", max_length=6)),
        ], options={"verbose_name_plural": "credit policies", "constraints": [
            models.CheckConstraint(condition=models.Q(("window_days__gt", 0)), name="credit_policy_window_is_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("binding_days__gt", 0), ("binding_mode", "first")),
                    models.Q(models.Q(("binding_mode", "first"), _negated=True), ("binding_days", None)), _connector="OR",
                ),
                name="credit_policy_first_binds_for_days",
            ),
            models.CheckConstraint(
                condition=models.Q(("binding_release_days", None), ("binding_release_days__gt", 0), _connector="OR"),
                name="credit_policy_release_is_positive",
            ),
        ]}),
        migrations.CreateModel(name="InvitationPolicy", fields=[
            ("brand", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="accounts.brand")),
            ("most_people", models.PositiveIntegerField(blank=True, help_text="who may join by one KOC's code", null=True)),
            ("in_days", models.PositiveIntegerField(blank=True, help_text="… within so many days; empty: ever", null=True)),
            ("valid_days", models.PositiveIntegerField(
                blank=True, help_text="a code is good for so many days; then the KOC draws a new one", null=True,
            )),
        ], options={"verbose_name_plural": "invitation policies", "constraints": [
            models.CheckConstraint(
                condition=models.Q(("most_people__isnull", False), ("in_days", None), _connector="OR"), name="invitation_days_belong_to_a_limit",
            ),
            models.CheckConstraint(condition=models.Q(("in_days", None), ("in_days__gt", 0), _connector="OR"), name="invitation_days_are_positive"),
            models.CheckConstraint(
                condition=models.Q(("valid_days", None), ("valid_days__gt", 0), _connector="OR"), name="invitation_validity_is_positive",
            ),
        ]}),
        migrations.CreateModel(name="SponsorChange", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("changed_at", models.DateTimeField()),
            ("reason", models.CharField(blank=True, max_length=200)),
            ("changed_by", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("sponsor_before", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"indexes": [models.Index(fields=["koc", "changed_at"], name="sponsor_change_by_koc")]}),
        migrations.CreateModel(name="Sponsorship", fields=[
            ("koc", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="accounts.koc")),
            ("depth", models.PositiveIntegerField(default=0)),
            ("code_drawn_at", models.DateTimeField(blank=True, help_text="when the KOC drew the invite code; empty: it is the first one", null=True)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("root", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("sponsor", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("koc", models.F("sponsor")), _negated=True), name="sponsorship_not_of_oneself"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("depth", 0), ("root", models.F("koc")), ("sponsor", None)), models.Q(("depth__gt", 0), ("sponsor__isnull", False)),
                    _connector="OR",
                ),
                name="sponsorship_root_has_depth_0",
            ),
        ], "indexes": [
            models.Index(fields=["root", "depth"], name="sponsorship_by_level"),
            models.Index(fields=["brand"], name="sponsorship_by_brand"),
        ]}),
        AddTrigger(model_name="sponsorship", trigger=Trigger(name="newcomers_stand_under_sponsors", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_newcomers_stand_under_sponsors_e3b95", referencing="REFERENCING NEW TABLE AS placed ",
            table="referrals_sponsorship", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM placed\n    LEFT JOIN referrals_sponsorship above ON above.koc_id = placed.sponsor_id\n    WHERE placed.sponsor_id IS NOT NULL\n        AND (above.brand_id, above.root_id, above.depth + 1) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth)\n) THEN RAISE EXCEPTION 'a KOC stands one below its sponsor, under the same root and in the same brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="sponsorship", trigger=Trigger(name="moved_kocs_stand_under_sponsors", sql=KeyedTriggerSql(
            level="STATEMENT", operation="UPDATE", pgid="pgtrigger_moved_kocs_stand_under_sponsors_1c5f7", referencing="REFERENCING NEW TABLE AS placed ",
            table="referrals_sponsorship", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM placed\n    LEFT JOIN referrals_sponsorship above ON above.koc_id = placed.sponsor_id\n    WHERE placed.sponsor_id IS NOT NULL\n        AND (above.brand_id, above.root_id, above.depth + 1) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth)\n) OR EXISTS (\n    SELECT FROM placed JOIN referrals_sponsorship below ON below.sponsor_id = placed.koc_id\n    WHERE (below.brand_id, below.root_id, below.depth) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth + 1)\n) THEN RAISE EXCEPTION 'a KOC stands one below its sponsor, under the same root and in the same brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        migrations.CreateModel(name="Visit", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("visitor", models.CharField(help_text="the first-party cookie, or the key of the import", max_length=64)),
            ("visited_at", models.DateTimeField()),
            ("uncounted", models.CharField(
                blank=True, choices=[("", "counted"), ("repeat", "repeat"), ("robot", "robot or preview"), ("flood", "flood of one source")],
                default="", max_length=8,
            )),
            ("source", models.CharField(
                blank=True, db_default="", default="", help_text="a keyed hash of where it came from, another one every day; empty: imported, or not known",
                max_length=16,
            )),
            ("share", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="visits", to="referrals.share")),
        ], options={"indexes": [
            models.Index(fields=["share", "visitor", "visited_at"], name="visit_by_share"),
            models.Index(fields=["visitor", "visited_at"], name="visit_by_visitor"),
            models.Index(condition=models.Q(("source", ""), _negated=True), fields=["source", "visited_at"], name="visit_by_source"),
        ]}),
        AddTrigger(model_name="visit", trigger=Trigger(name="visit_is_queued", sql=TriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_visit_is_queued_d8614", referencing="REFERENCING NEW TABLE AS fresh ",
            table="referrals_visit", when="AFTER",
            func="INSERT INTO referrals_pendingaggregate (brand_id, visit_id)\nSELECT share.brand_id, fresh.id FROM fresh JOIN referrals_share share ON share.id = fresh.share_id WHERE fresh.uncounted = '';\nRETURN NULL;",
        ))),
        migrations.CreateModel(name="PendingAggregate", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("brand", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("share", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
            ("visit", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.visit")),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("share__isnull", False), ("visit", None)), models.Q(("share", None), ("visit__isnull", False)), _connector="OR",
                ),
                name="pendingaggregate_is_a_share_or_a_visit",
            ),
        ], "indexes": [
            models.Index(fields=["brand", "id"], name="pendingaggregate_in_order"),
        ]}),
        migrations.CreateModel(name="Acquaintance", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("visitor", models.CharField(max_length=64)),
            ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("customer", "visitor"), name="acquaintance_once"),
        ], "indexes": [
            models.Index(fields=["visitor"], name="acquaintance_by_visitor"),
        ]}),
        migrations.CreateModel(name="Cascade", fields=[
            ("root", models.OneToOneField(
                db_constraint=False, on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="referrals.share",
            )),
            ("shares", models.PositiveIntegerField()),
            ("size_sum", models.BigIntegerField()),
            ("square_sum", models.DecimalField(decimal_places=0, help_text="a chain of four million is past 2^63", max_digits=30)),
            ("people", models.PositiveIntegerField(default=0)),
            ("reach", models.PositiveIntegerField(default=0)),
            ("brand", models.ForeignKey(db_constraint=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(("people__lte", models.F("reach")), ("people__lte", models.F("shares"))), name="cascade_people_are_reached",
            ),
        ]}),
        migrations.CreateModel(name="ShareAggregate", fields=[
            ("share", models.OneToOneField(
                db_constraint=False, on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="referrals.share",
            )),
            ("size", models.PositiveIntegerField()),
        ], options={"constraints": [models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="folded_share_counts_itself")]}),
    ]
