from accounts.access import admin as sessions
from accounts.brands import admin as brands
from accounts.limits import admin as limits
from accounts.people import admin as people

__all__ = ["brands", "limits", "people", "sessions"]
