from accounts.models.brands import Brand, Tier
from accounts.models.people import Customer, Koc, Staff, TierChange, User
from accounts.models.sessions import Hits, IdempotentAnswer, OneTimeCode, Session

__all__ = ["Brand", "Customer", "Hits", "IdempotentAnswer", "Koc", "OneTimeCode", "Session", "Staff", "Tier", "TierChange", "User"]
