"""A brand's own layouts of the file for its bank."""

from datetime import datetime

from django.db import transaction

from accounts.brands.models import Brand
from accounts.people.models import User
from accounts.people.selectors.staff import works_for
from commissions.payouts.domain.bank_files import read_template
from commissions.payouts.models import PayoutTemplate
from foundation.files.faults import Refusal


@transaction.atomic
def keep_template(*, brand: Brand, key: str, text: str, by: User, at: datetime) -> PayoutTemplate:
    """Keep a brand's own layout under a key, where it takes the place of the one that comes with Grove. Who wrote it
    last does not export with it.

    Batches that were exported keep the layout of then. The same text again changes nothing, not even who wrote it.
    Raises BadFile."""
    if not works_for(by, brand):
        raise Refusal(f"{by} does not work for {brand.slug}")
    read_template(text, key)
    kept = PayoutTemplate.objects.select_for_update().filter(brand=brand, key=key).first()
    if kept is not None and kept.text == text:
        return kept
    saved, _made = PayoutTemplate.objects.update_or_create(
        brand=brand, key=key, defaults={"text": text, "written_by": by, "written_at": at}
    )
    return saved
