"""The tables, and the laws that they keep."""

from django.conf import settings
from django.db import migrations, models

import accounts.brands.models


class Migration(migrations.Migration):
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(name="User", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
            ("is_superuser", models.BooleanField(
                default=False, help_text="Designates that this user has all permissions without explicitly assigning them.", verbose_name="superuser status",
            )),
            ("phone", models.CharField(help_text="E.164, such as +8613800000000", max_length=20, unique=True)),
            ("name", models.CharField(blank=True, max_length=120)),
            ("language", models.CharField(choices=[("zh-hans", "简体中文"), ("en", "English")], default="zh-hans", max_length=10)),
            ("is_staff", models.BooleanField(default=False)),
            ("is_active", models.BooleanField(default=True)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("groups", models.ManyToManyField(
                blank=True, help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                related_name="user_set", related_query_name="user", to="auth.group", verbose_name="groups",
            )),
            ("user_permissions", models.ManyToManyField(
                blank=True, help_text="Specific permissions for this user.", related_name="user_set", related_query_name="user", to="auth.permission",
                verbose_name="user permissions",
            )),
        ], options={"abstract": False}),
        migrations.CreateModel(name="Brand", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("slug", models.SlugField(unique=True)),
            ("name", models.CharField(max_length=120)),
            ("currency", models.CharField(max_length=3)),
            ("timezone", models.CharField(default="Asia/Shanghai", max_length=64)),
            ("landing_url", models.CharField(
                help_text="{sku} stands for the product", max_length=500, validators=[accounts.brands.models.validate_landing_url],
            )),
            ("approval", models.CharField(choices=[("manual", "staff approve"), ("auto", "at once")], default="manual", max_length=8)),
            ("candidate_purchases", models.PositiveIntegerField(default=8)),
            ("created_at", models.DateTimeField()),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="brand_currency_is_iso_4217"),
            models.CheckConstraint(condition=models.Q(("candidate_purchases__gt", 0)), name="brand_candidate_needs_a_purchase"),
            models.CheckConstraint(condition=models.Q(("landing_url__iregex", "^https?://")), name="brand_landing_url_is_http"),
        ]}),
        migrations.CreateModel(name="Hits", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("scope", models.CharField(max_length=32)),
            ("who", models.CharField(help_text="a keyed digest, never a phone or an address", max_length=128)),
            ("window_start", models.DateTimeField()),
            ("count", models.PositiveIntegerField(default=0)),
        ], options={"verbose_name_plural": "hits", "constraints": [
            models.UniqueConstraint(fields=("scope", "who", "window_start"), name="hits_one_row_per_window"),
        ], "indexes": [
            models.Index(fields=["window_start"], name="hits_by_age"),
        ]}),
        migrations.CreateModel(name="OneTimeCode", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("phone", models.CharField(max_length=20)),
            ("digest", models.CharField(max_length=64)),
            ("sent_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("used_at", models.DateTimeField(null=True)),
        ], options={"indexes": [models.Index(fields=["phone", "-sent_at"], name="one_time_code_by_phone")]}),
        migrations.CreateModel(name="Tier", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.SlugField()),
            ("name", models.CharField(max_length=120)),
            ("rank", models.PositiveSmallIntegerField(help_text="0 is the lowest")),
            ("growth", models.PositiveIntegerField(default=0, help_text="points needed")),
            ("multiplier_bps", models.PositiveIntegerField(default=10000)),
            ("keep", models.PositiveIntegerField(default=0, help_text="points in the last keep_days to stay")),
            ("keep_days", models.PositiveIntegerField(default=0)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="tiers", to="accounts.brand")),
        ], options={"ordering": ["brand", "rank"], "constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="tier_key_once_per_brand"),
            models.UniqueConstraint(deferrable=models.Deferrable.DEFERRED, fields=("brand", "rank"), name="tier_rank_once_per_brand"),
            models.CheckConstraint(condition=models.Q(("keep", 0), ("keep_days__gt", 0), _connector="OR"), name="tier_keep_has_a_window"),
        ]}),
        migrations.CreateModel(name="Koc", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the brand's own key", max_length=64)),
            ("name", models.CharField(max_length=120)),
            ("status", models.CharField(
                choices=[("applied", "applied"), ("active", "active"), ("rejected", "rejected")], default="applied", max_length=8,
            )),
            ("tier_pinned", models.BooleanField(default=False, help_text="promotion leaves a pinned tier alone")),
            ("invite_code", models.CharField(max_length=16, unique=True)),
            ("answers", models.JSONField(blank=True, default=dict)),
            ("joined_at", models.DateTimeField()),
            ("approved_at", models.DateTimeField(blank=True, null=True)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="kocs", to="accounts.brand")),
            ("user", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="memberships", to=settings.AUTH_USER_MODEL)),
            ("tier", models.ForeignKey(on_delete=models.PROTECT, related_name="kocs", to="accounts.tier")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="koc_key_once_per_brand"),
            models.UniqueConstraint(fields=("brand", "user"), name="koc_user_once_per_brand"),
        ], "indexes": [
            models.Index(fields=["brand", "status", "joined_at"], name="koc_by_status"),
        ]}),
        migrations.CreateModel(name="TierChange", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("changed_at", models.DateTimeField()),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="tier_changes", to="accounts.koc")),
            ("tier_before", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.tier")),
        ], options={"indexes": [models.Index(fields=["koc", "changed_at"], name="tier_change_by_koc")]}),
        migrations.CreateModel(name="Customer", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the shop's own id", max_length=64)),
            ("phone", models.CharField(blank=True, help_text="E.164", max_length=20)),
            ("name", models.CharField(blank=True, max_length=120)),
            ("first_seen_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="customers", to="accounts.brand")),
        ], options={"constraints": [models.UniqueConstraint(fields=("brand", "key"), name="customer_key_once_per_brand")]}),
        migrations.CreateModel(name="IdempotentAnswer", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(max_length=255)),
            ("request_digest", models.CharField(max_length=64)),
            ("status", models.PositiveSmallIntegerField()),
            ("body", models.JSONField()),
            ("answered_at", models.DateTimeField()),
            ("user", models.ForeignKey(on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("user", "key"), name="idempotent_answer_once_per_key"),
        ], "indexes": [
            models.Index(fields=["answered_at"], name="idempotent_answer_by_age"),
        ]}),
        migrations.CreateModel(name="Session", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("current_jti", models.CharField(max_length=64)),
            ("started_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
            ("user", models.ForeignKey(on_delete=models.CASCADE, related_name="sessions", to=settings.AUTH_USER_MODEL)),
        ], options={"indexes": [models.Index(fields=["user", "ended_at"], name="session_by_user")]}),
        migrations.CreateModel(name="Staff", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="staff", to="accounts.brand")),
            ("user", models.ForeignKey(on_delete=models.CASCADE, related_name="employments", to=settings.AUTH_USER_MODEL)),
        ], options={"verbose_name_plural": "staff", "constraints": [models.UniqueConstraint(fields=("brand", "user"), name="staff_once_per_brand")]}),
    ]
