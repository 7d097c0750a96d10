from referrals.communities import admin as communities
from referrals.coupons import admin as coupons
from referrals.propagation import admin as folded
from referrals.shares import admin as spread
from referrals.tree import admin as network

__all__ = ["communities", "coupons", "folded", "network", "spread"]
