from referrals.models.network import CreditPolicy, InvitationPolicy, SponsorChange, Sponsorship
from referrals.models.spread import Acquaintance, Binding, Share, Visit

__all__ = ["Acquaintance", "Binding", "CreditPolicy", "InvitationPolicy", "Share", "SponsorChange", "Sponsorship", "Visit"]
