"""Which coupons people meant."""

from collections.abc import Set
from typing import Any

from django.db.models import F, Func, Value

from accounts.brands.models import Brand
from foundation.texts.keys import ALIKE, LOOKS, read_alike
from referrals.coupons.models import Coupon


def coupons_meant(brand: Brand, codes: Set[str]) -> dict[str, int]:
    """The coupons of a brand by the codes that customers typed, in the form of `typed_code`: the one with that code, else
    the only one that reads alike, with `O` for `0` and `I`, `L` for `1`. A code of nobody's, or of several, has no entry."""
    meant = dict(Coupon.objects.filter(brand=brand, code__in=codes).values_list("code", "pk"))
    if missing := {read_alike(code): code for code in codes - meant.keys()}:
        alike: Any = Func(F("code"), Value(LOOKS), Value(ALIKE), function="translate")
        found: dict[str, set[int]] = {}
        rows = Coupon.objects.annotate(alike=alike).filter(brand=brand, alike__in=missing)
        for read, pk in rows.values_list("alike", "pk"):
            found.setdefault(read, set()).add(pk)
        meant |= {
            code: found[read_alike(code)].pop()
            for code in codes - meant.keys()
            if len(found.get(read_alike(code), ())) == 1
        }
    return meant
