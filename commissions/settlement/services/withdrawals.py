"""Pay a KOC on request, outside the monthly settlement."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.people.models import Koc
from commissions.earnings.services.facts import process_facts_of
from commissions.ledger.services import lock_book
from commissions.settlement.domain.refusals import AmountChanged, NothingToWithdraw, WithdrawalsOff
from commissions.settlement.models.statements import Settlement, Statement
from commissions.settlement.selectors.incomes import table_in_force
from commissions.settlement.selectors.settlement import latest_settlement
from commissions.settlement.services.settlement import write_statements
from foundation.postgres.transactions import in_transaction
from foundation.texts.amounts import shown


@in_transaction
def request_withdrawal(*, koc: Koc, amount_minor: int | None, at: datetime) -> Statement:
    """Put all that a KOC is owed now on a statement of their own, taxed together with their other income of the month;
    finance pays it with the next batch.

    `amount_minor`, where given, is the amount that the KOC was shown: approved less debt, before tax. First what is
    reported of the KOC's own orders is processed, so that a refund is deducted; nothing else of the brand is. Locks the
    brand's book; a second request finds nothing. Raises WithdrawalsOff, NothingToWithdraw and AmountChanged, and changes
    nothing then."""
    policy = lock_book(koc.brand)
    if not policy.withdrawals:
        raise WithdrawalsOff(_("This brand pays once a month."))
    process_facts_of(koc, policy=policy, at=at)
    period = f"{at.astimezone(ZoneInfo(koc.brand.timezone)):%Y-%m}"
    table = table_in_force(policy.tax, period)
    settlement = Settlement.objects.create(
        brand=koc.brand, currency=koc.brand.currency, period=period, settled_at=at, on_request=True, tax_table=table
    )
    write_statements(settlement, latest_settlement(koc.brand), policy, end=at, at=at, koc=koc.pk)
    statement = Statement.objects.filter(settlement=settlement, status=Statement.Status.READY).first()
    if statement is None:
        raise NothingToWithdraw(_("There is not enough to withdraw yet."))
    owed = statement.gross_minor - statement.debt_in_minor
    if amount_minor is not None and amount_minor != owed:
        raise AmountChanged(
            _("The amount has changed: %(amount)s can be withdrawn now.") % {"amount": shown(owed, koc.brand.currency)}
        )
    return statement
