from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.brands.models import Brand
from accounts.brands.selectors import brand_by_slug
from commissions.audit.domain.refusals import LedgerOff
from commissions.audit.selectors.proofs import PROOFS, ledger_faults
from foundation.files.counts import counted
from foundation.terminal.bars import progress_bar


class Command(BaseCommand):
    help = "Prove the ledger; exit 1 and the faults if anything is off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", help="default: every brand")

    def handle(self, *, brand: str | None, **options: Any) -> None:
        brands = [brand_by_slug(brand)] if brand else list(Brand.objects.order_by("slug"))
        with progress_bar("steps", total=1 + len(brands)) as bar:
            faults_by_brand = ledger_faults(brands, progress=bar)
        if any(faults.count for faults in faults_by_brand.values()):
            raise LedgerOff(
                [fault for faults in faults_by_brand.values() for fault in faults.first],
                count=sum(faults.count for faults in faults_by_brand.values()),
            )
        self.stdout.write(f"ledger: {len(PROOFS)} laws hold for {counted(len(brands), 'brand')}, 0 faults")
