"""Who is paid, as far as one may see it without leaving a trace."""

from collections.abc import Collection

from django.db import connection

from accounts.brands.models import Brand
from commissions.payees.domain.payees import PayeeShown
from commissions.payees.models.payees import Payee
from foundation.sealing import unseal

SHOWN = """
SELECT koc.id, payee.name_sealed, payee.account_last4, payee.method
FROM accounts_koc koc JOIN commissions_payee payee ON payee.user_id = koc.user_id WHERE koc.id = ANY(%s)
"""
PERSONS = """
SELECT koc.id, payee.person FROM accounts_koc koc JOIN commissions_payee payee ON payee.user_id = koc.user_id WHERE koc.brand_id = %(brand)s
"""
OF_ONE = """
AND payee.person = (SELECT own.person FROM commissions_payee own JOIN accounts_koc one ON one.user_id = own.user_id WHERE one.id = %(koc)s)
"""


def payees_shown(koc_ids: Collection[int]) -> dict[int, PayeeShown]:
    """KOC → what finance sees of its payee every day: the name and the end of the account. Those without a payee are
    missing. Raises Unreadable."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [list(koc_ids)])
        return {koc: PayeeShown(unseal(name), last4, method) for koc, name, last4, method in cursor}


def persons_of(brand: Brand, *, koc: int | None = None) -> dict[int, str]:
    """KOC → the person behind it, for those of a brand that have a payee. Two KOCs with one person are one payee; who
    is missing is a person of their own.

    With `koc`, only those KOCs that are one person with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(PERSONS if koc is None else PERSONS + OF_ONE, {"brand": brand.pk, "koc": koc})
        return dict(cursor.fetchall())


def payee_of(user_id: int) -> Payee | None:
    return Payee.objects.filter(pk=user_id).first()
