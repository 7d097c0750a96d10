"""Customers are bound to KOCs: to whom, since when, until when, and why it ended; how a brand binds."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("referrals", "0004_the_door"),
    ]

    operations = [
        migrations.CreateModel(
            name="Binding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cause", models.CharField(choices=[("click", "click 点击"), ("order", "order 下单")], max_length=5)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "no end 不失效"),
                            ("expired", "expired 到期"),
                            ("released", "no order for long 久未下单释放"),
                            ("snatched", "another KOC came 被抢客"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="creditpolicy",
            name="binding_by",
            field=models.CharField(
                choices=[("either", "click or order 点击或下单"), ("click", "click 点击"), ("order", "order 下单")],
                default="either",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="creditpolicy",
            name="binding_days",
            field=models.PositiveIntegerField(blank=True, help_text="how long the first one binds 锁客天数", null=True),
        ),
        migrations.AddField(
            model_name="creditpolicy",
            name="binding_protect_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="after so many days another KOC may take the customer over; empty: never 保护天数，之后可被抢客",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="creditpolicy",
            name="binding_release_days",
            field=models.PositiveIntegerField(
                blank=True, help_text="free again after so many days without an order 无订单释放天数", null=True
            ),
        ),
        migrations.AlterField(
            model_name="creditpolicy",
            name="binding_mode",
            field=models.CharField(
                choices=[
                    ("none", "none 不锁客"),
                    ("first", "the first KOC, for days 首个推荐人，限期"),
                    ("permanent", "the first KOC, for ever 首个推荐人，永久"),
                ],
                default="none",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="creditpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("binding_days__gt", 0), ("binding_mode", "first")),
                    models.Q(models.Q(("binding_mode", "first"), _negated=True), ("binding_days__isnull", True)),
                    _connector="OR",
                ),
                name="credit_policy_first_binds_for_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("binding_release_days__isnull", True), ("binding_release_days__gt", 0), _connector="OR"
                ),
                name="credit_policy_release_is_positive",
            ),
        ),
        migrations.AddField(
            model_name="binding",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
            ),
        ),
        migrations.AddField(
            model_name="binding",
            name="koc",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.koc"),
        ),
        migrations.AddField(
            model_name="binding",
            name="share",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referrals.share",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("because", ""), ("until__isnull", True)),
                    models.Q(("until__gt", models.F("since")), models.Q(("because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="binding_ends_after_it_begins_and_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="binding",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.Func("customer_id", "customer_id", models.Value("[]"), function="int8range"), "&&"),
                    (models.Func("since", "until", function="tstzrange"), "&&"),
                ],
                name="a_customer_is_bound_to_one_koc_at_a_time",
            ),
        ),
    ]
