"""Intake secrets are sealed as payees' records are; those that are there are sealed with the first of PAYEE_KEYS."""

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import migrations, models


def seal(apps, schema_editor):
    box = MultiFernet([Fernet(key) for key in settings.PAYEE_KEYS])
    for row in apps.get_model("commissions", "IntakeSecret").objects.all():
        row.secret_sealed, row.last4 = box.encrypt(row.secret.encode()).decode(), row.secret[-4:]
        row.save()


def unseal(apps, schema_editor):
    box = MultiFernet([Fernet(key) for key in settings.PAYEE_KEYS])
    for row in apps.get_model("commissions", "IntakeSecret").objects.all():
        row.secret = box.decrypt(row.secret_sealed).decode()
        row.save()


class Migration(migrations.Migration):
    dependencies = [
        ("commissions", "0025_tax_table_of_a_settlement"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="intakesecret",
            name="intake_secret_once",
        ),
        migrations.AddField(
            model_name="intakesecret",
            name="secret_sealed",
            field=models.TextField(default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="intakesecret",
            name="last4",
            field=models.CharField(default="", max_length=4),
            preserve_default=False,
        ),
        migrations.AlterField(  # for the way back: the column returns empty, and is filled after that
            model_name="intakesecret",
            name="secret",
            field=models.CharField(default="", max_length=80),
        ),
        migrations.RunPython(seal, unseal),
        migrations.RemoveField(
            model_name="intakesecret",
            name="secret",
        ),
        migrations.AddConstraint(
            model_name="intakesecret",
            constraint=models.CheckConstraint(
                condition=models.Q(("secret_sealed__regex", "^gAAAAA")), name="intake_secret_is_sealed"
            ),
        ),
    ]
