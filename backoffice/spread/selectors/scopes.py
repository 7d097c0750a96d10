"""Of what spread is measured: a brand, a kit, a KOC, a community, a campaign."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.plans.models.campaigns import Campaign
from content.kits.models import Kit
from content.kits.selectors.named_kits import kit_by_key
from foundation.files.faults import Refusal
from referrals.communities.models import Community, CommunityMember
from referrals.propagation.selectors.forests import ReadForest, shares_below, shares_of
from referrals.propagation.selectors.spread import audience_of
from referrals.shares.models import Share


@dataclass(frozen=True, slots=True)
class Scope:
    """The forest that is measured, of how many people its reach is a part, and its name; at most one of `kit` and `koc`
    is given."""

    read: ReadForest
    audience: int
    name: str
    kit: Kit | None = None
    koc: Koc | None = None


def scope_of(
    brand: Brand, *, kit: str = "", koc: str = "", community: str = "", campaign: str = "", as_of: datetime
) -> Scope:
    """The scope that is named, or the whole brand. Raises Refusal when two are named, or one is unknown."""
    names = [name for name in (kit, koc, community, campaign) if name]
    if len(names) > 1:
        raise Refusal("name one of kit, koc, community and campaign, not two")
    audience = audience_of(brand, None, at=as_of)
    title = f"{brand.slug} · {names[0]}" if names else brand.slug
    if kit:
        chosen_kit = kit_by_key(brand, kit)
        return Scope(
            shares_of(brand, chosen_kit, as_of=as_of),
            audience_of(brand, chosen_kit.audience_size, at=as_of),
            title,
            kit=chosen_kit,
        )
    if koc:
        chosen_koc = _koc(brand, koc)
        return Scope(shares_below(brand, kocs=[chosen_koc.pk], as_of=as_of), audience, title, koc=chosen_koc)
    if community:
        return Scope(shares_below(brand, kocs=_members(brand, community, as_of), as_of=as_of), audience, title)
    if campaign:
        return Scope(shares_below(brand, shares=_begun_in(brand, campaign), as_of=as_of), audience, title)
    return Scope(shares_of(brand, None, as_of=as_of), audience, title)


def _koc(brand: Brand, key: str) -> Koc:
    koc: Koc | None = Koc.objects.filter(brand=brand, key=key).first()
    if koc is None:
        raise Refusal(f"{brand.slug} has no KOC {key}")
    return koc


def _members(brand: Brand, code: str, as_of: datetime) -> list[int]:
    """The KOCs who were in a community then, by its entry code: all that grew from their shares is the community's."""
    community = Community.objects.filter(brand=brand, code=code).first()
    if community is None:
        raise Refusal(f"{brand.slug} has no community with the code {code}")
    inside = CommunityMember.objects.filter(community=community, koc__isnull=False, joined_at__lte=as_of).exclude(
        left_at__lte=as_of
    )
    return list(inside.values_list("koc", flat=True))


def _begun_in(brand: Brand, key: str) -> list[int]:
    """The shares that began a cascade while a campaign ran, of kits about its products, if it names any."""
    campaign = Campaign.objects.filter(brand=brand, key=key).first()
    if campaign is None:
        raise Refusal(f"{brand.slug} has no campaign {key}")
    within = Q(shared_at__gte=campaign.starts_at) & (Q(shared_at__lt=campaign.ends_at) if campaign.ends_at else Q())
    about = Q(kit__product__sku__in=campaign.skus) if campaign.skus else Q()
    return list(Share.objects.filter(within & about, brand=brand, parent=None).values_list("pk", flat=True))
