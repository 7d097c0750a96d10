from accounts.brands.models import Brand
from referrals.tree.models import CreditPolicy


def credit_policy_of(brand: Brand) -> CreditPolicy:
    """How the brand credits a sale to a KOC."""
    return CreditPolicy.objects.get(brand=brand)
