"""A settlement says by which table it withheld, so that a later correction explains nothing away."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0023_signals_of_fraud"),
    ]

    operations = [
        migrations.AddField(
            model_name="settlement",
            name="tax_table",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commissions.taxtable",
            ),
        ),
    ]
