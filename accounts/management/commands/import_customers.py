from typing import Any

from django.utils import timezone

from accounts.management.importing import ImportCommand
from accounts.people.services.customers import import_customers


class Command(ImportCommand):
    help = "Import the customers of a brand from a CSV file, all or nothing."
    what = "customers"

    def import_lines(self, **given: Any) -> object:
        return import_customers(**given, at=timezone.now())
