from referrals.models.network import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.models.spread import Acquaintance, Share, Visit

__all__ = ["Acquaintance", "CreditPolicy", "InvitationPolicy", "Share", "SponsorChange", "Sponsorship", "Visit"]
