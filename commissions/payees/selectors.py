"""Payees, as far as they may be read without logging the read."""

from collections.abc import Collection

from django.db import connection

from accounts.brands.models import Brand
from commissions.payees.domain.payees import PayeeShown
from commissions.payees.models.payees import Payee
from foundation.sealing import unseal

PAYEES_SHOWN = """
SELECT koc.id, payee.name_sealed, payee.account_last4, payee.method
FROM accounts_koc koc JOIN commissions_payee payee ON payee.user_id = koc.user_id WHERE koc.id = ANY(%s)
"""
PERSONS = """
SELECT koc.id, payee.person FROM accounts_koc koc JOIN commissions_payee payee ON payee.user_id = koc.user_id WHERE koc.brand_id = %(brand)s
"""
OF_ONE_PERSON = """
AND payee.person = (SELECT own.person FROM commissions_payee own JOIN accounts_koc one ON one.user_id = own.user_id WHERE one.id = %(koc)s)
"""


def payees_shown(koc_ids: Collection[int]) -> dict[int, PayeeShown]:
    """KOC → the part of its payee that finance sees every day: the name and the end of the account. Those without a
    payee are missing. Raises Unreadable."""
    with connection.cursor() as cursor:
        cursor.execute(PAYEES_SHOWN, [list(koc_ids)])
        return {koc: PayeeShown(unseal(name), last4, method) for koc, name, last4, method in cursor}


def persons_of(brand: Brand, *, koc: int | None = None) -> dict[int, str]:
    """KOC → the person behind it, for those of a brand that have a payee. Two KOCs with one person are one payee; a
    missing KOC is a person of its own.

    With `koc`, only those KOCs that are one person with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(PERSONS if koc is None else PERSONS + OF_ONE_PERSON, {"brand": brand.pk, "koc": koc})
        return dict(cursor.fetchall())


def payee_of(user_id: int) -> Payee | None:
    return Payee.objects.filter(pk=user_id).first()
