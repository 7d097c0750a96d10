"""A brand's own layouts of the file for its bank."""

from datetime import datetime

from accounts.brands.models import Brand
from accounts.people.models import User
from accounts.people.selectors.staff import works_for
from commissions.payouts.domain.bank_files import read_template
from commissions.payouts.models import PayoutTemplate
from foundation.files.faults import Refusal
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message


@in_transaction
def keep_template(*, brand: Brand, key: str, text: str, by: User, at: datetime) -> PayoutTemplate:
    """Keep a brand's own layout under a key, where it replaces the one that comes with Grove. Its last author does not
    export with it.

    Exported batches keep the layout that they were exported with. Saving the same text again changes nothing, not even
    the author. Raises BadFile."""
    if not works_for(by, brand):
        raise Refusal(Message("%(by)s does not work for %(slug)s", by=by, slug=brand.slug))
    read_template(text, key)
    current = PayoutTemplate.objects.select_for_update().filter(brand=brand, key=key).first()
    if current is not None and current.text == text:
        return current
    saved, _made = PayoutTemplate.objects.update_or_create(
        brand=brand, key=key, defaults={"text": text, "written_by": by, "written_at": at}
    )
    return saved
