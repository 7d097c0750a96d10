"""The tables, and the laws that they keep."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.CreateModel(name="Contest", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=120)),
            ("kind", models.CharField(choices=[("sales", "sales"), ("recruits", "people invited")], max_length=8)),
            ("rule", models.TextField(blank=True, help_text="as people read it")),
            ("least", models.PositiveBigIntegerField(default=0, help_text="what is needed to be ranked: GMV in minor units, or people")),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="contest_ends_after_it_starts"),
        ], "indexes": [
            models.Index(fields=["brand", "-starts_at"], name="contest_by_brand"),
        ]}),
        migrations.CreateModel(name="Prize", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("first", models.PositiveIntegerField()),
            ("last", models.PositiveIntegerField()),
            ("what", models.CharField(max_length=200)),
            ("contest", models.ForeignKey(on_delete=models.CASCADE, related_name="prizes", to="growth.contest")),
        ], options={"ordering": ["first"], "constraints": [
            models.CheckConstraint(condition=models.Q(("first__gt", 0), ("last__gte", models.F("first"))), name="prize_is_for_ranks"),
        ]}),
    ]
