from typing import Any

from django.core.management.base import BaseCommand

from commissions.orders.services.secrets import rotate_secret_keys
from commissions.payees.models.payees import Payee
from commissions.payees.services import rotate_payee_keys
from commissions.payouts.models import PayoutLine
from commissions.payouts.services.payout_keys import rotate_line_keys
from foundation.sealing import Rotation, Unreadable
from foundation.terminal.bars import progress_bar


class Command(BaseCommand):
    help = "Seal payees' records, the copies kept with exported payments, and the secrets of intakes with the first of PAYEE_KEYS. Safe to repeat."

    def handle(self, **options: Any) -> None:
        copies = PayoutLine.objects.exclude(payee_sealed="").count()
        with progress_bar("payees", total=Payee.objects.count()) as bar:
            payees = rotate_payee_keys(progress=bar)
        with progress_bar("payout lines", total=copies) as bar:
            lines = rotate_line_keys(progress=bar)
        secrets = rotate_secret_keys()
        self._say("payees", payees)
        if copies:
            self._say("payout lines", lines)
        if secrets != (0, 0, ()):
            self._say("intake secrets", secrets)
        if payees.unreadable or lines.unreadable or secrets.unreadable:
            unreadable = [
                _listed("users", payees.unreadable),
                _listed("payout lines", lines.unreadable),
                _listed("intake secrets", secrets.unreadable),
            ]
            raise Unreadable(
                f"no key of PAYEE_KEYS opens the records of {', '.join(filter(None, unreadable))}: keep the old keys"
            )

    def _say(self, records: str, done: Rotation) -> None:
        self.stdout.write(
            f"{records}: {done.resealed} resealed, {done.unchanged} unchanged, {len(done.unreadable)} unreadable"
        )


def _listed(records: str, unreadable: tuple[int, ...]) -> str:
    return f"{records} {', '.join(map(str, unreadable[:20]))}" if unreadable else ""
