from referrals.attribution.models import Acquaintance, Binding
from referrals.communities.models import Community, CommunityMember
from referrals.coupons.models import Coupon, CouponReceipt, CouponUse
from referrals.propagation.models import Cascade, CascadeLayer, CascadePerson, PendingAggregate, ShareAggregate
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.visits.models import Visit

__all__ = [
    "Acquaintance",
    "Binding",
    "Cascade",
    "CascadeLayer",
    "CascadePerson",
    "Community",
    "CommunityMember",
    "Coupon",
    "CouponReceipt",
    "CouponUse",
    "CreditPolicy",
    "InvitationPolicy",
    "PendingAggregate",
    "Share",
    "ShareAggregate",
    "SponsorChange",
    "Sponsorship",
    "Visit",
]
