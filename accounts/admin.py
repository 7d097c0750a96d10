from accounts.access import admin as sessions
from accounts.brands import admin as brands
from accounts.failures import admin as failures
from accounts.heartbeats import admin as heartbeats
from accounts.limits import admin as limits
from accounts.people import admin as people

__all__ = ["brands", "failures", "heartbeats", "limits", "people", "sessions"]
