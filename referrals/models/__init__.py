from referrals.models.coupons import Coupon, CouponReceipt, CouponUse
from referrals.models.network import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.models.spread import Acquaintance, Binding, Share, Visit

__all__ = [
    "Acquaintance",
    "Binding",
    "Coupon",
    "CouponReceipt",
    "CouponUse",
    "CreditPolicy",
    "InvitationPolicy",
    "Share",
    "SponsorChange",
    "Sponsorship",
    "Visit",
]
