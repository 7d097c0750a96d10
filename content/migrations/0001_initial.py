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
                choices=[("draft", "draft 草稿"), ("published", "published 已发布"), ("ended", "ended 已结束")], default="published", max_length=9,
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
                choices=[("usage", "usage experience 使用体验"), ("service", "service experience 服务体验"), ("value", "value description 价值描述")], max_length=8,
            )),
            ("channel", models.CharField(
                choices=[
                    ("any", "any 通用"), ("moments", "Moments 朋友圈"), ("community", "community 社群"), ("xiaohongshu", "Xiaohongshu 小红书"), ("douyin", "Douyin 抖音"),
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
