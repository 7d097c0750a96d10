"""What looks like fraud, with its evidence; what a brand looks for; and which reviews wait because of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("commissions", "0022_coupons"),
        ("referrals", "0007_communities"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SignalSearch",
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
                ("searched_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("self_purchase", "self-purchase by another account 换号自购"),
                            ("device", "many accounts on one device 一机多号"),
                            ("payee", "many accounts of one payee 多号同一收款人"),
                            ("click_to_order", "ordered too soon after the click 点击下单间隔异常"),
                            ("refund_rate", "refund rate 退款率"),
                            ("click_flood", "click flood 刷点击"),
                            ("ring", "ring of purchases 互买团伙"),
                        ],
                        max_length=14,
                    ),
                ),
                ("measured", models.PositiveBigIntegerField()),
                ("threshold", models.PositiveIntegerField(help_text="of then")),
                ("evidence", models.JSONField(default=dict, help_text="counts; the rows stand in the facts")),
                ("found_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open 待处理"),
                            ("confirmed", "confirmed 属实"),
                            ("dismissed", "dismissed 误报"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, help_text="why it was confirmed or dismissed", max_length=500)),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.brand",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "koc",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.koc"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignalFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("self_purchase", "self-purchase by another account 换号自购"),
                            ("device", "many accounts on one device 一机多号"),
                            ("payee", "many accounts of one payee 多号同一收款人"),
                            ("click_to_order", "ordered too soon after the click 点击下单间隔异常"),
                            ("refund_rate", "refund rate 退款率"),
                            ("click_flood", "click flood 刷点击"),
                            ("ring", "ring of purchases 互买团伙"),
                        ],
                        help_text="of the signal",
                        max_length=14,
                    ),
                ),
                ("hour", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "koc",
                    models.ForeignKey(
                        db_index=False,
                        help_text="of the signal",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.koc",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="commissions.order",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.koc",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.share",
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="facts", to="commissions.signal"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signals", to="commissions.riskreview"
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="commissions.signal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignalPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("self_purchase", "self-purchase by another account 换号自购"),
                            ("device", "many accounts on one device 一机多号"),
                            ("payee", "many accounts of one payee 多号同一收款人"),
                            ("click_to_order", "ordered too soon after the click 点击下单间隔异常"),
                            ("refund_rate", "refund rate 退款率"),
                            ("click_flood", "click flood 刷点击"),
                            ("ring", "ring of purchases 互买团伙"),
                        ],
                        max_length=14,
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="on 启用")),
                (
                    "holds",
                    models.BooleanField(
                        default=False,
                        help_text="commissions that a signal names wait until staff decide",
                        verbose_name="holds 自动冻结",
                    ),
                ),
                (
                    "threshold",
                    models.PositiveIntegerField(
                        help_text="a signal is found when the measured number reaches it", verbose_name="threshold 阈值"
                    ),
                ),
                ("beside", models.PositiveIntegerField(default=0, verbose_name="second number 第二阈值")),
                (
                    "days",
                    models.PositiveIntegerField(
                        help_text="how far back it looks; for payees: 0, ever", verbose_name="days 天数"
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.brand",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "signal policies",
            },
        ),
        migrations.AddIndex(
            model_name="signal",
            index=models.Index(fields=["brand", "state", "-found_at"], name="signal_by_state"),
        ),
        migrations.AddConstraint(
            model_name="signal",
            constraint=models.CheckConstraint(
                condition=models.Q(("measured__gte", models.F("threshold"))), name="signal_reaches_its_threshold"
            ),
        ),
        migrations.AddConstraint(
            model_name="signal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True), ("decided_by__isnull", True), ("reason", ""), ("state", "open")
                    ),
                    models.Q(
                        models.Q(("state", "open"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="signal_says_who_decided_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="signalfact",
            constraint=models.UniqueConstraint(
                fields=("koc", "kind", "order", "customer", "other", "share", "hour"),
                name="signal_fact_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="signalfact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("customer", None), ("hour", None), ("order__isnull", False), ("other", None), ("share", None)
                    ),
                    models.Q(
                        ("customer__isnull", False), ("hour", None), ("order", None), ("other", None), ("share", None)
                    ),
                    models.Q(
                        ("customer", None), ("hour", None), ("order", None), ("other__isnull", False), ("share", None)
                    ),
                    models.Q(
                        ("customer", None),
                        ("hour__isnull", False),
                        ("order", None),
                        ("other", None),
                        ("share__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="signal_fact_is_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="signalhold",
            constraint=models.UniqueConstraint(fields=("signal", "review"), name="signal_hold_once"),
        ),
        migrations.AddConstraint(
            model_name="signalpolicy",
            constraint=models.UniqueConstraint(fields=("brand", "kind"), name="signal_policy_once_per_kind"),
        ),
        migrations.AddConstraint(
            model_name="signalpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gt", 0)), name="signal_policy_threshold_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="signalpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gt", 0), ("kind", "payee"), _connector="OR"), name="signal_policy_looks_back"
            ),
        ),
        migrations.AddConstraint(
            model_name="signalpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__lte", 366)), name="signal_policy_looks_back_a_year_at_most"
            ),
        ),
    ]
