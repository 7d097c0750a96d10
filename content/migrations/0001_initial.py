"""The tables, and the laws that they keep."""

from django.db import migrations, models

import accounts.brands.models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.CreateModel(name="Product", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("sku", models.CharField(max_length=64)),
            ("name", models.CharField(max_length=200)),
            ("category", models.CharField(blank=True, max_length=64)),
            ("price_minor", models.PositiveBigIntegerField()),
            ("landing_url", models.CharField(blank=True, max_length=500, validators=[accounts.brands.models.validate_landing_url])),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "sku"), name="product_sku_once_per_brand"),
            models.CheckConstraint(
                condition=models.Q(("landing_url", ""), ("landing_url__iregex", "^https?://"), _connector="OR"), name="product_landing_url_is_http",
            ),
        ]}),
        migrations.CreateModel(name="Kit", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.SlugField(max_length=64)),
            ("title", models.CharField(max_length=200)),
            ("audience_size", models.PositiveBigIntegerField(blank=True, help_text="how many people could see it; coverage is measured against it", null=True)),
            ("status", models.CharField(
                choices=[("draft", "draft"), ("published", "published"), ("ended", "ended")], default="published", max_length=9,
            )),
            ("created_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("product", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="kits", to="content.product")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="kit_key_once_per_brand"),
        ], "indexes": [
            models.Index(fields=["brand", "status", "-created_at"], name="kit_by_status"),
        ]}),
        migrations.CreateModel(name="Section", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[("usage", "usage experience"), ("service", "service experience"), ("value", "value description")], max_length=8,
            )),
            ("channel", models.CharField(
                choices=[
                    ("any", "any"), ("moments", "Moments"), ("community", "community"), ("xiaohongshu", "Xiaohongshu"), ("douyin", "Douyin"),
                ],
                default="any", max_length=12,
            )),
            ("text", models.TextField()),
            ("position", models.PositiveSmallIntegerField(default=0)),
            ("kit", models.ForeignKey(on_delete=models.CASCADE, related_name="sections", to="content.kit")),
        ], options={"ordering": ["kit", "position", "pk"], "constraints": [
            models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="section_says_something"),
        ]}),
    ]
