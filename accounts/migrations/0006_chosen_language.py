from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_zone_of_a_brand"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("zh-hans", "简体中文"), ("en", "English")],
                default="",
                help_text="the back office speaks it; empty: the browser's",
                max_length=10,
            ),
        ),
        # It was the default, and the back office followed the browser: nobody's pages change their language
        migrations.RunSQL("UPDATE accounts_user SET language = '' WHERE is_staff", migrations.RunSQL.noop),
    ]
