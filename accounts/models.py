"""Django looks for the tables of a floor here; each stands in its noun."""

import accounts.access.models
import accounts.brands.models
import accounts.failures.models
import accounts.heartbeats.models
import accounts.limits.models
import accounts.people.models
