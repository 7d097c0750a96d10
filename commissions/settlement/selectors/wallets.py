"""A KOC's money by where it is."""

from dataclasses import dataclass

from django.db.models import Sum

from accounts.people.models import Koc
from commissions.ledger.models import Wallet
from commissions.settlement.models.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """A KOC's money by where it is, in minor units of the brand's currency. `debt_minor` is positive while something is
    owed."""

    currency: str
    pending_minor: int
    approved_minor: int
    settled_minor: int
    paying_minor: int
    debt_minor: int
    paid_minor: int


def wallet_of(koc: Koc) -> Purse:
    """The money of a KOC at its brand, in the brand's currency."""
    currency = koc.brand.currency
    balances = dict(
        Wallet.objects.filter(brand=koc.brand_id, koc=koc, currency=currency).values_list("kind", "balance_minor")
    )
    paid = Statement.objects.filter(koc=koc, currency=currency, status=Statement.Status.PAID).aggregate(
        total=Sum("net_minor")
    )["total"]
    return Purse(
        currency=currency,
        pending_minor=balances.get(Wallet.Kind.PENDING) or 0,
        approved_minor=balances.get(Wallet.Kind.APPROVED) or 0,
        settled_minor=balances.get(Wallet.Kind.SETTLED) or 0,
        paying_minor=balances.get(Wallet.Kind.PAYING) or 0,
        debt_minor=-(balances.get(Wallet.Kind.DEBT) or 0),
        paid_minor=paid or 0,
    )
