from referrals.models.communities import Community, CommunityMember, Contest, Prize
from referrals.models.coupons import Coupon, CouponReceipt, CouponUse
from referrals.models.folded import Cascade, CascadeLayer, CascadePerson, FoldedShare, Unfolded
from referrals.models.network import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.models.spread import Acquaintance, Binding, Share, Visit

__all__ = [
    "Acquaintance",
    "Binding",
    "Cascade",
    "CascadeLayer",
    "CascadePerson",
    "Community",
    "CommunityMember",
    "Contest",
    "Coupon",
    "CouponReceipt",
    "CouponUse",
    "CreditPolicy",
    "FoldedShare",
    "InvitationPolicy",
    "Prize",
    "Share",
    "SponsorChange",
    "Sponsorship",
    "Unfolded",
    "Visit",
]
