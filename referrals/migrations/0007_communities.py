"""Communities that KOCs lead, and contests with prizes for ranks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("referrals", "0006_coupons"),
    ]

    operations = [
        migrations.CreateModel(
            name="Community",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("group", "group 社群"), ("training", "training group 培训群")],
                        default="group",
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("topic", models.CharField(blank=True, max_length=200)),
                ("code", models.CharField(help_text="of the entry link", max_length=16, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
                    ),
                ),
                (
                    "leader",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.koc"),
                ),
            ],
            options={
                "verbose_name_plural": "communities",
            },
        ),
        migrations.CreateModel(
            name="CommunityMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="referrals.community"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "koc",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.koc",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("sales", "sales 销售额"), ("recruits", "people invited 拉新")], max_length=8
                    ),
                ),
                ("rule", models.TextField(blank=True, help_text="as people read it")),
                (
                    "least",
                    models.PositiveBigIntegerField(
                        default=0, help_text="what is needed to be ranked: GMV in minor units, or people 入榜门槛"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Prize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.PositiveIntegerField()),
                ("last", models.PositiveIntegerField()),
                ("what", models.CharField(max_length=200)),
                (
                    "contest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prizes", to="referrals.contest"
                    ),
                ),
            ],
            options={
                "ordering": ["first"],
            },
        ),
        migrations.AddIndex(
            model_name="community",
            index=models.Index(fields=["leader", "-opened_at"], name="community_by_leader"),
        ),
        migrations.AddConstraint(
            model_name="community",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("leader", "name"),
                name="open_community_once_per_leader_and_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="community",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="community_has_a_name"
            ),
        ),
        migrations.AddIndex(
            model_name="communitymember",
            index=models.Index(fields=["community", "-joined_at"], name="member_by_community"),
        ),
        migrations.AddConstraint(
            model_name="communitymember",
            constraint=models.CheckConstraint(
                condition=models.Q(("koc__isnull", True), ("customer__isnull", True), _connector="XOR"),
                name="member_is_a_koc_or_a_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="communitymember",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_at__isnull", True), ("left_at__gte", models.F("joined_at")), _connector="OR"),
                name="member_leaves_after_joining",
            ),
        ),
        migrations.AddConstraint(
            model_name="communitymember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("koc__isnull", False), ("left_at__isnull", True)),
                fields=("community", "koc"),
                name="koc_once_in_a_community",
            ),
        ),
        migrations.AddConstraint(
            model_name="communitymember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer__isnull", False), ("left_at__isnull", True)),
                fields=("community", "customer"),
                name="customer_once_in_a_community",
            ),
        ),
        migrations.AddIndex(
            model_name="contest",
            index=models.Index(fields=["brand", "-starts_at"], name="contest_by_brand"),
        ),
        migrations.AddConstraint(
            model_name="contest",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="contest_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="prize",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__gt", 0), ("last__gte", models.F("first"))), name="prize_is_for_ranks"
            ),
        ),
    ]
