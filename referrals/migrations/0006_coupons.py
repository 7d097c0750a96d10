"""Coupons that credit their KOC: who received one, and what it was used for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("referrals", "0005_bindings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(help_text="as the shop knows it; upper case", max_length=64)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("any", "any 通用"),
                            ("moments", "Moments 朋友圈"),
                            ("community", "community 社群"),
                            ("xiaohongshu", "Xiaohongshu 小红书"),
                            ("douyin", "Douyin 抖音"),
                        ],
                        default="any",
                        max_length=12,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "valid_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="good so many days after receipt; empty: needs none 领取后有效天数",
                        null=True,
                    ),
                ),
                (
                    "stock",
                    models.PositiveIntegerField(
                        blank=True, help_text="how often it can be used; empty: always 库存，1 为一次性", null=True
                    ),
                ),
                (
                    "most_per_customer",
                    models.PositiveIntegerField(
                        blank=True, default=1, help_text="empty: always 每位顾客限用次数", null=True
                    ),
                ),
                ("used", models.PositiveIntegerField(default=0)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
                    ),
                ),
                (
                    "koc",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.koc"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CouponReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField()),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="referrals.coupon"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_key", models.CharField(help_text="the shop's order number", max_length=64)),
                ("used_at", models.DateTimeField(help_text="when the order was paid")),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="referrals.coupon"
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
            ],
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(fields=["koc", "-starts_at"], name="coupon_by_koc"),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.UniqueConstraint(fields=("brand", "code"), name="coupon_code_once_per_brand"),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[^\\sa-z]+$")), name="coupon_code_is_upper_case_without_blanks"
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                name="coupon_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock__isnull", True), ("used__lte", models.F("stock")), _connector="OR"),
                name="coupon_is_not_used_beyond_its_stock",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_days__isnull", True), ("valid_days__gt", 0), _connector="OR"),
                name="coupon_validity_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="couponreceipt",
            constraint=models.UniqueConstraint(fields=("coupon", "customer"), name="coupon_received_once"),
        ),
        migrations.AddIndex(
            model_name="couponuse",
            index=models.Index(fields=["coupon", "customer"], name="coupon_use_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.UniqueConstraint(fields=("coupon", "order_key"), name="coupon_used_once_per_order"),
        ),
    ]
