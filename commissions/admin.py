from commissions.audit.admin import ledger_checks
from commissions.compliance import admin as compliance
from commissions.earnings.admin import bonuses, credits, earnings, reviews
from commissions.exports import admin as exports
from commissions.ledger import admin as ledger
from commissions.orders.admin import doubts, facts
from commissions.payees import admin as payees
from commissions.payouts.admin import payout_lines, payout_templates, payouts
from commissions.planning.admin import campaigns, plans, policies
from commissions.results import admin as results
from commissions.risk import admin as fraud
from commissions.settlement.admin import adjustments, settlements, statements, taxes, write_offs
from commissions.subsidies import admin as subsidies

__all__ = [
    "adjustments",
    "bonuses",
    "campaigns",
    "compliance",
    "credits",
    "doubts",
    "earnings",
    "exports",
    "facts",
    "fraud",
    "ledger",
    "ledger_checks",
    "payees",
    "payout_lines",
    "payout_templates",
    "payouts",
    "plans",
    "policies",
    "results",
    "reviews",
    "settlements",
    "statements",
    "subsidies",
    "taxes",
    "write_offs",
]
