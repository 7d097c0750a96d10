"""The secrets with which a shop signs its events."""

import base64
import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import Brand
from commissions.models import IntakeSecret, PayPolicy

LIVE = 2


@transaction.atomic
def intake_secrets(*, brand: Brand, rotate: bool, at: datetime) -> list[str]:
    """The live secrets of a brand's order intake, newest first; the first is made when there is none. Rotating adds one and keeps the one before it alive."""
    PayPolicy.objects.select_for_update().get(brand=brand)
    rows = IntakeSecret.objects.filter(brand=brand).order_by("-made_at", "-pk")
    if rotate or not rows.exists():
        IntakeSecret.objects.create(brand=brand, secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), made_at=at)
    live = list(rows[:LIVE])
    rows.exclude(pk__in=[row.pk for row in live]).delete()
    return [row.secret for row in live]
