from referrals.admin import coupons, network, spread

__all__ = ["coupons", "network", "spread"]
