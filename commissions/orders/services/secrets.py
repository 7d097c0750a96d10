"""The secrets with which a shop signs its events."""

import base64
import secrets
from contextlib import suppress
from datetime import datetime

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand, Shop
from commissions.orders.models import IntakeSecret
from commissions.plans.models.policies import PayPolicy
from foundation.postgres.transactions import in_transaction
from foundation.sealing import Rotation, Unreadable, is_sealed_with_the_first_key, seal, unseal

LIVE = 2


@in_transaction
def intake_secrets(*, brand: Brand, rotate: bool, at: datetime, shop: str = MAIN) -> list[str]:
    """The live secrets with which a shop of the brand signs its events, newest first; the first is made when there is none. Rotating adds one
    and keeps the previous one alive.

    The older one is left out when no key opens it. Locks the brand's book. Raises Unreadable when no key opens the
    newest: bring the key back, or rotate."""
    PayPolicy.objects.select_for_update().get(brand=brand)
    of_shop = Shop(brand, shop)
    rows = IntakeSecret.objects.filter(**of_shop.columns).order_by("-made_at", "-pk")
    if rotate or not rows.exists():
        keep_secret(shop=of_shop, secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), at=at)
    newest, *previous = rows[:LIVE]
    rows.exclude(pk__in=[newest.pk, *(row.pk for row in previous)]).delete()
    opened = [unseal(newest.secret_sealed)]
    for row in previous:
        with suppress(Unreadable):
            opened.append(unseal(row.secret_sealed))
    return opened


def keep_secret(*, shop: Shop, secret: str, at: datetime) -> IntakeSecret:
    """Add a live secret, sealed."""
    return IntakeSecret.objects.create(**shop.columns, secret_sealed=seal(secret), last4=secret[-4:], made_at=at)


@in_transaction
def rotate_secret_keys() -> Rotation:
    """Seal every live secret with the first key. What is sealed with it already stays as it is, so it may be run again.

    Locks all of them, which are two a shop, in the order of their keys. One that no key opens is skipped and
    reported."""
    resealed = unchanged = 0
    unreadable: list[int] = []
    for row in IntakeSecret.objects.select_for_update().order_by("pk"):
        if is_sealed_with_the_first_key(row.secret_sealed):
            unchanged += 1
            continue
        try:
            row.secret_sealed = seal(unseal(row.secret_sealed))
        except Unreadable:
            unreadable.append(row.pk)
            continue
        row.save(update_fields=["secret_sealed"])
        resealed += 1
    return Rotation(resealed, unchanged, tuple(unreadable))
