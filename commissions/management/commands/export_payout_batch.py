import sys
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.people.selectors.staff import staff_by_phone
from commissions.payouts.models import PayoutBatch
from commissions.payouts.rendering import find_layout
from commissions.payouts.selectors import batch_by_id
from commissions.payouts.services.payout_exports import (
    ExportedBatch,
    export_batch,
    files_of,
    refuse_unwritable,
    save_files,
)
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from foundation.money.amounts import shown


class Command(BaseCommand):
    help = "Export an approved payout batch: write its file, and move its money from settled to paying. A second export writes the same file and moves nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="bat_…")
        parser.add_argument(
            "--template",
            default="generic",
            metavar="KEY",
            help="the file's layout: generic, alipay, wechat, or one of the brand's own",
        )
        parser.add_argument("--format", choices=["csv", "xlsx"], default="", help="default: the layout's own")
        parser.add_argument(
            "--out", metavar="FILE", help="default: standard output; several files are FILE-1, FILE-2 …"
        )
        parser.add_argument("--by", required=True, metavar="PHONE", help="of the brand's staff who exports it")

    def handle(self, *, batch: str, template: str, format: str, out: str | None, by: str, **options: Any) -> None:
        target = batch_by_id(batch)
        if out:
            refuse_unwritable(out)
        else:
            self._refuse_several(target, template)
        exported = export_batch(
            batch=target, template_key=template, by=staff_by_phone(target.brand, by), at=timezone.now()
        )
        files = save_files(exported, format=format, out=out) if out else self._print(exported, format)
        count, total = (
            sum(file.count for file in files),
            shown(sum(file.total_minor for file in files), exported.batch.currency),
        )
        summary = f"{counted(len(files), 'file')}, {counted(count, 'line')}, {total}{'' if exported.is_new else ', as exported before'}"
        (self.stdout if out else self.stderr).write(f"payout batch {exported.batch.public_id}: {summary}")

    def _refuse_several(self, batch: PayoutBatch, template: str) -> None:
        """Refuse a batch that does not fit on standard output, before any money moves."""
        rows = find_layout(batch.brand, template).template.rows
        if batch.lines_count > rows:
            raise Refusal(f"batch {batch.number} needs several files of {rows} lines: say --out FILE")

    def _print(self, exported: ExportedBatch, format: str) -> list[Any]:
        (file,) = files_of(exported, format=format)
        with TemporaryFile() as whole:
            file.write(whole)
            whole.seek(0)
            copyfileobj(whole, sys.stdout.buffer)
        return [file]
