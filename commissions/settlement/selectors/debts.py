"""What a KOC owes a brand."""

from accounts.people.models import Koc
from commissions.ledger.models import Wallet


def debt_of(koc: Koc) -> int:
    """What a KOC owes the brand now, in the brand's currency; 0 when nothing."""
    balance = Wallet.objects.filter(
        brand=koc.brand_id, koc=koc, kind=Wallet.Kind.DEBT, currency=koc.brand.currency
    ).values_list("balance_minor", flat=True)
    return max(0, -(balance.first() or 0))
