from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import accounts.brands.models


class Migration(migrations.Migration):
    """What stands there already is not looked at: a brand without an http address keeps what was written until somebody puts it right, which the admin and
    brand.yaml ask for at the next change. Its links answer with a page of ours meanwhile."""

    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.AlterField(
            "brand",
            "landing_url",
            models.CharField(
                help_text="{sku} stands for the product",
                max_length=500,
                validators=[accounts.brands.models.validate_landing_url],
            ),
        ),
        AddConstraintNotValid(
            "brand",
            models.CheckConstraint(
                condition=models.Q(("landing_url__iregex", "^https?://")), name="brand_landing_url_is_http"
            ),
        ),
    ]
