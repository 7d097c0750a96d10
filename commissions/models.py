"""Django looks for the tables of a floor here; each stands in its noun."""

import commissions.audit.models
import commissions.earnings.models.commissions
import commissions.earnings.models.credits
import commissions.exports.models
import commissions.ledger.models
import commissions.orders.models
import commissions.payees.models.payees
import commissions.payouts.models
import commissions.plans.models.campaigns
import commissions.plans.models.plans
import commissions.plans.models.policies
import commissions.results.models
import commissions.risk.models
import commissions.settlement.models.adjustments
import commissions.settlement.models.statements
import commissions.settlement.models.taxes
import commissions.settlement.models.write_offs
import commissions.subsidies.models
