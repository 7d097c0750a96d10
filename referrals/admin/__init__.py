from referrals.admin import communities, coupons, folded, network, spread

__all__ = ["communities", "coupons", "folded", "network", "spread"]
