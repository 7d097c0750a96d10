"""The kits that a KOC or user may see."""

from django.db.models import QuerySet

from accounts.people.models import Koc, User
from content.kits.models import Kit


def with_contents(kits: QuerySet[Kit]) -> QuerySet[Kit]:
    """Kits with all that a response shows, in a constant number of queries."""
    return kits.select_related("product", "brand").prefetch_related("sections")


def kits_for(koc: Koc, kits: QuerySet[Kit]) -> QuerySet[Kit]:
    """The kits that this KOC may share: the published ones of its brand; an applicant may share nothing yet."""
    return (
        kits.filter(brand=koc.brand_id, status=Kit.Status.PUBLISHED) if koc.status == Koc.Status.ACTIVE else kits.none()
    )


def kits_open_to(user: User) -> QuerySet[Kit]:
    """The published kits of every brand that the user is an active KOC of."""
    return Kit.objects.filter(
        brand__kocs__user=user, brand__kocs__status=Koc.Status.ACTIVE, status=Kit.Status.PUBLISHED
    )
