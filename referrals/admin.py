from referrals.attribution import admin as attribution
from referrals.communities import admin as communities
from referrals.coupons import admin as coupons
from referrals.propagation import admin as propagation
from referrals.shares import admin as shares
from referrals.tree import admin as tree
from referrals.visits import admin as visits

__all__ = ["attribution", "communities", "coupons", "propagation", "shares", "tree", "visits"]
