"""Decisions on applications to a brand's programme."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.people.domain.refusals import NotDecidable
from accounts.people.models import Koc
from foundation.postgres.transactions import in_transaction


@in_transaction
def approve_koc(*, koc: Koc, at: datetime) -> None:
    """Make an applicant an active KOC. Compare-and-set: of two decisions the first holds, the second raises
    NotDecidable."""
    _decide(koc, status=Koc.Status.ACTIVE, approved_at=at)


@in_transaction
def reject_koc(*, koc: Koc, at: datetime) -> None:
    """Turn an applicant down. Compare-and-set, as for an approval. Raises NotDecidable."""
    _decide(koc, status=Koc.Status.REJECTED, approved_at=None)


def _decide(koc: Koc, **fields: object) -> None:
    if Koc.objects.filter(pk=koc.pk, status=Koc.Status.APPLIED).update(**fields) != 1:
        raise NotDecidable(_("This application was decided already."))
