"""The kits that a KOC or user may see."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.people.models import Koc, User
from content.kits.models import Kit
from content.products.models import ProductUse
from foundation.postgres.saved_queries import SavedModels


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
    """The kits that are offered to this KOC: those that its brand offers now, to everybody, to its tier or to itself;
    an applicant may share nothing yet. Each says whether the KOC has used its product."""
    offered = _for(Koc.objects.filter(pk=koc.pk), on_offer(kits.filter(brand=koc.brand_id), at))
    return offered if koc.status == Koc.Status.ACTIVE else offered.none()


def once_offered(koc: Koc, kits: QuerySet[Kit], *, at: datetime) -> QuerySet[Kit]:
    """The kits that a KOC may share or might have shared, so that one that has ended says so."""
    begun = kits.filter(Q(starts_at=None) | Q(starts_at__lte=at), brand=koc.brand_id).exclude(status=Kit.Status.DRAFT)
    return _for(Koc.objects.filter(pk=koc.pk), begun)


_TO_SHARE = SavedModels(
    Kit,
    lambda kit, koc, brand, at: once_offered(Koc(pk=koc, brand_id=brand), Kit.objects.filter(pk=kit), at=at),
    "version",
    "product",
    kit=int,
    koc=int,
    brand=int,
    at=datetime,
)


def kit_to_share(koc: Koc, public_id: str, *, at: datetime) -> Kit | None:
    """The kit of that public id, if it was offered to the KOC once, with all that its post needs but the pictures."""
    kit = _TO_SHARE.first(kit=Kit.number_of(public_id) or 0, koc=koc.pk, brand=koc.brand_id, at=at)
    if kit is not None and kit.version is not None:
        kit.version.kit = kit
    return kit


def kits_open_to(user: User, *, at: datetime) -> QuerySet[Kit]:
    """The kits that are offered now to any membership of the user. Each says whether the user has used its product."""
    own = Koc.objects.filter(user=user, status=Koc.Status.ACTIVE)
    return _for(own, on_offer(Kit.objects.filter(Exists(own.filter(brand=OuterRef("brand")))), at))


def _for(kocs: QuerySet[Koc], kits: QuerySet[Kit]) -> QuerySet[Kit]:
    """The kits for everybody, for a tier of one of these KOCs, or for one of them by name. `is_used`: one of them has
    used the product."""
    tiers = Kit.tiers.through.objects.filter(kit=OuterRef("pk"))
    people = Kit.people.through.objects.filter(kit=OuterRef("pk"))
    return kits.filter(
        ~Exists(tiers) & ~Exists(people)
        | Exists(tiers.filter(tier__in=kocs.values("tier")))
        | Exists(people.filter(koc__in=kocs.values("pk")))
    ).annotate(is_used=Exists(ProductUse.objects.filter(product=OuterRef("product"), koc__in=kocs.values("pk"))))
