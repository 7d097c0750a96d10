from referrals.admin import network, spread

__all__ = ["network", "spread"]
