from typing import Any

from accounts.management.importing import ImportCommand
from referrals.visits.services.visit_history import import_visits


class Command(ImportCommand):
    help = "Import the visits of a brand from a CSV file, all or nothing."
    what = "visits"

    def import_lines(self, **given: Any) -> object:
        return import_visits(**given)
