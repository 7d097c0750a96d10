"""An order may be credited to whom its customer is bound."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0020_awaited_clicks"),
    ]

    operations = [
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
                    ("nobody", "nobody 无归属"),
                    ("self_purchase", "own purchase 自购"),
                ],
                default="",
                max_length=13,
            ),
        ),
    ]
