from referrals.admin import communities, coupons, network, spread

__all__ = ["communities", "coupons", "network", "spread"]
