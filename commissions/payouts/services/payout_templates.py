"""A brand's own layouts of the file for its bank, and of the file that comes back."""

from datetime import datetime

from accounts.brands.models import Brand
from accounts.people.models import User
from accounts.people.selectors.staff import works_for
from commissions.payouts.models import PayoutTemplate
from commissions.payouts.rendering import check_layout
from foundation.files.faults import Refusal
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message


@in_transaction
def keep_template(
    *, brand: Brand, key: str, text: str, by: User, at: datetime, kind: str = PayoutTemplate.Kind.EXPORT
) -> PayoutTemplate:
    """Keep a brand's own layout under a key, where it replaces the one of its kind that comes with Grove. The last author
    of one that is exported does not export with it.

    Exported batches keep the layout that they were exported with. Saving the same text again changes nothing, not even
    the author. Raises BadFile."""
    if not works_for(by, brand):
        raise Refusal(Message("%(by)s does not work for %(slug)s", by=by, slug=brand.slug))
    check_layout(text, key, kind)
    current = PayoutTemplate.objects.select_for_update().filter(brand=brand, kind=kind, key=key).first()
    if current is not None and current.text == text:
        return current
    saved, _made = PayoutTemplate.objects.update_or_create(
        brand=brand, kind=kind, key=key, defaults={"text": text, "written_by": by, "written_at": at}
    )
    return saved
