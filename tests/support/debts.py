"""A KOC in debt, without the sale and the refund that would lead to it."""

from accounts.people.models import Koc
from commissions.ledger.models import Wallet
from commissions.ledger.services import NewTransfer, Wallets, post
from tests.support.factories import NOW


def give_debt(koc: Koc, amount_minor: int) -> None:
    """Book a reversal of something that was paid: the KOC owes this amount."""
    wallets = Wallets(koc.brand)
    wallets.open([None], Wallet.Kind.COMMISSIONS)
    wallets.open([koc.pk], Wallet.Kind.DEBT)
    debt, commissions = wallets[koc.pk, Wallet.Kind.DEBT], wallets[None, Wallet.Kind.COMMISSIONS]
    post([NewTransfer(debt, commissions, amount_minor, "reversal", 1)], at=NOW)
