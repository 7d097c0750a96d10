from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.brands.models import Brand
from backoffice.demo.domain.story import KOC_LOGIN
from backoffice.demo.services.demo import ADMIN, FINANCE, STAFF, make_demo
from foundation.files.faults import Refusal
from foundation.terminal.bars import progress_bar

KNOWN_TO_ALL = "grove-demo-2026"


class Command(BaseCommand):
    help = "Make a made-up brand with half a year of life, and logins to look at it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a brand")
        parser.add_argument("--password", help=f"of the three staff logins; in development {KNOWN_TO_ALL}")

    def handle(self, *, if_empty: bool, password: str | None, **options: Any) -> None:
        if if_empty and Brand.objects.exists():
            self.stdout.write("demo: there is a brand already, nothing was made")
            return
        if settings.PRODUCTION and not password:
            raise Refusal("demo: in production a password that everybody knows is not made; give --password")
        password = password or KNOWN_TO_ALL
        with progress_bar("demo") as bar:
            demo = make_demo(password=password, at=timezone.now(), progress=bar)
        codes = settings.SMS_FILE if settings.SMS_BACKEND == "file" else settings.SMS_BACKEND
        self.stdout.write(f"administrator  {ADMIN}  password {password}")
        self.stdout.write(f"brand staff    {STAFF}  password {password}")
        self.stdout.write(f"finance        {FINANCE}  password {password}")
        self.stdout.write(f"KOC            {KOC_LOGIN}  {demo.star.name}, signs in with a code ({codes})")
        self.stdout.write(f"demo brand {demo.brand.slug}: {demo}")
