from referrals.models.network import CreditPolicy, SponsorChange, Sponsorship
from referrals.models.spread import Acquaintance, Share, Visit

__all__ = ["Acquaintance", "CreditPolicy", "Share", "SponsorChange", "Sponsorship", "Visit"]
