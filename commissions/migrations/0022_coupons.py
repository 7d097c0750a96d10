"""An order may name a coupon, and be credited by it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0021_credit_by_binding"),
        ("referrals", "0006_coupons"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="given_coupon",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referrals.coupon",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="credit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "not answered yet"),
                    ("koc", "named by the shop 商城指定"),
                    ("click", "by a visit 访问归因"),
                    ("share", "by a share 分享归因"),
                    ("shared", "several touches 多点归因"),
                    ("binding", "bound customer 锁客"),
                    ("coupon", "by a coupon 优惠券归因"),
                    ("nobody", "nobody 无归属"),
                    ("self_purchase", "own purchase 自购"),
                ],
                default="",
                max_length=13,
            ),
        ),
    ]
