from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from commissions.domain.refusals import Unreadable
from commissions.models import Payee
from commissions.services.payees import rotate_payee_keys


class Command(BaseCommand):
    help = "Seal every payee's record with the first of PAYEE_KEYS. Safe to repeat."

    def handle(self, **options: Any) -> None:
        with tqdm(total=Payee.objects.count(), unit="payee", disable=None, delay=1) as bar:
            done = rotate_payee_keys(each=bar.update)
        self.stdout.write(f"payees: {done.resealed} resealed, {done.unchanged} unchanged, {len(done.unreadable)} unreadable")
        if done.unreadable:
            raise Unreadable(f"no key of PAYEE_KEYS opens the records of users {', '.join(map(str, done.unreadable[:20]))}: keep the old keys")
