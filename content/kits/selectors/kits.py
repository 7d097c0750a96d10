"""The kits that a KOC or user may see."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.people.models import Koc, User
from content.kits.models import Kit


def with_contents(kits: QuerySet[Kit]) -> QuerySet[Kit]:
    """Kits with all that a response shows, in a constant number of queries."""
    return kits.select_related("product", "brand", "version", "author").prefetch_related(
        "version__sections", "version__pictures__media", "product__pictures__media"
    )


def on_offer(kits: QuerySet[Kit], at: datetime) -> QuerySet[Kit]:
    """The published ones whose time it is."""
    return kits.filter(
        Q(starts_at=None) | Q(starts_at__lte=at), Q(ends_at=None) | Q(ends_at__gt=at), status=Kit.Status.PUBLISHED
    )


def kits_for(koc: Koc, kits: QuerySet[Kit], *, at: datetime) -> QuerySet[Kit]:
    """The kits that this KOC may share: those that its brand offers now, to everybody or to its tier; an applicant may
    share nothing yet."""
    if koc.status != Koc.Status.ACTIVE:
        return kits.none()
    return _for_tiers(on_offer(kits.filter(brand=koc.brand_id), at), koc.tier_id)


def once_offered(koc: Koc, kits: QuerySet[Kit], *, at: datetime) -> QuerySet[Kit]:
    """The kits that a KOC may share or might have shared, so that one that has ended says so."""
    begun = kits.filter(Q(starts_at=None) | Q(starts_at__lte=at), brand=koc.brand_id).exclude(status=Kit.Status.DRAFT)
    return _for_tiers(begun, koc.tier_id)


def kits_open_to(user: User, *, at: datetime) -> QuerySet[Kit]:
    """The kits that any membership of the user may share now."""
    own = Koc.objects.filter(user=user, status=Koc.Status.ACTIVE)
    chosen = Kit.tiers.through.objects.filter(kit=OuterRef("pk"))
    return on_offer(Kit.objects.filter(Exists(own.filter(brand=OuterRef("brand")))), at).filter(
        ~Exists(chosen) | Exists(chosen.filter(tier__in=own.values("tier")))
    )


def _for_tiers(kits: QuerySet[Kit], tier: int) -> QuerySet[Kit]:
    chosen = Kit.tiers.through.objects.filter(kit=OuterRef("pk"))
    return kits.filter(~Exists(chosen) | Exists(chosen.filter(tier=tier)))
