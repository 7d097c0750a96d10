from accounts.access.models import IdempotentAnswer, OneTimeCode, Session
from accounts.brands.models import Brand, Tier
from accounts.failures.models import FailedFact
from accounts.limits.models import Hits
from accounts.people.models import Customer, Koc, Staff, TierChange, User

__all__ = [
    "Brand",
    "Customer",
    "FailedFact",
    "Hits",
    "IdempotentAnswer",
    "Koc",
    "OneTimeCode",
    "Session",
    "Staff",
    "Tier",
    "TierChange",
    "User",
]
