"""Add tax tables. A table that exists is never changed."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from commissions.settlement.domain.refusals import TaxTableRefused
from commissions.settlement.domain.tax_tables import faults_of
from commissions.settlement.domain.taxes import TaxScale
from commissions.settlement.models.taxes import TaxTable
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message


@in_transaction
def add_tax_table(*, method: str, starts_on: date, table: TaxScale, source: str, at: datetime) -> TaxTable:
    """Add a table that is in force from a day on. Taxes already withheld do not change; a correction is a later row,
    from the next day on.

    Key (method, starts_on). Raises TaxTableRefused with every fault of the table, or when the method already has a
    table from that day."""
    faults = faults_of(method, table)
    if faults:
        raise TaxTableRefused(faults)
    try:
        with transaction.atomic():
            return TaxTable.objects.create(
                method=method,
                starts_on=starts_on,
                brackets=[list(bracket) for bracket in table.brackets],
                flat_deduction=table.flat_deduction,
                flat_deduction_up_to=table.flat_deduction_up_to,
                taxed_percent=table.taxed_percent,
                monthly_deduction=table.monthly_deduction,
                source=source,
                added_at=at,
            )
    except IntegrityError:
        raise TaxTableRefused(
            [
                Message(
                    "%(method)s has a table from %(starts_on)s already, and it stays; a correction starts on a later day",
                    method=method,
                    starts_on=starts_on,
                )
            ]
        ) from None
