from django.db import migrations, models

import accounts.brands.models

# Where its link leads anyway: to the brand's page of the product. Left as it was, it would refuse the next import of prices.
EMPTIED = "UPDATE content_product SET landing_url = '' WHERE landing_url !~* '^(https?://|$)'"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_landing_urls"), ("content", "0001_initial")]
    operations = [
        migrations.AlterField(
            "product",
            "landing_url",
            models.CharField(blank=True, max_length=500, validators=[accounts.brands.models.validate_landing_url]),
        ),
        migrations.RunSQL(EMPTIED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                condition=models.Q(("landing_url", ""), ("landing_url__iregex", "^https?://"), _connector="OR"),
                name="product_landing_url_is_http",
            ),
        ),
    ]
