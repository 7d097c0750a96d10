"""A refund may make a commission too: what it was computed from is kept, whether the order was amended or not."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("commissions", "0013_explanations"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="commission",
            name="commission_of_an_amendment_says_of_what",
        ),
        migrations.AlterField(
            model_name="commission",
            name="left_minor",
            field=models.PositiveBigIntegerField(
                help_text="what was left of the line's base when a refund or an amendment made it; empty: it was made when the order was answered",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="commission",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="how the order stood when a change made it, if it was amended by then",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.orderversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__isnull", True), ("left_minor__isnull", False), _connector="OR"),
                name="commission_of_a_change_says_of_what",
            ),
        ),
    ]
