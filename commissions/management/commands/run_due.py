from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from commissions.schedule import run_due_everywhere
from foundation.files.faults import Refusal
from foundation.files.tables import instant
from foundation.terminal.bars import progress_bar


class Command(BaseCommand):
    help = "Do all scheduled work: crediting, refunds, approvals. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", metavar="TIME", help="as if it were this moment: ISO 8601 with a zone")

    def handle(self, *, at: str | None, **options: Any) -> None:
        with progress_bar("brands", total=Brand.objects.count()) as bar:
            done = run_due_everywhere(at=self._moment(at), progress=bar)
        self.stdout.write(f"due: {done}")

    def _moment(self, text: str | None) -> datetime:
        if text is None:
            return timezone.now()
        try:
            return instant(text)
        except ValueError as error:
            raise Refusal(f"--at {error} ({text})") from None
