"""Django looks for the tables of a floor here; each stands in its noun."""

import referrals.attribution.models
import referrals.communities.models
import referrals.coupons.models
import referrals.propagation.models
import referrals.shares.models
import referrals.tree.models
import referrals.visits.models
