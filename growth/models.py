"""Django looks for the tables of a floor here; each stands in its noun."""

import growth.contests.models
