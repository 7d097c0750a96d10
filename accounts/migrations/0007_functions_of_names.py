from django.db import migrations

from foundation.postgres import names


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_chosen_language")]
    operations = [migrations.RunSQL(names.CREATE, names.DROP)]
