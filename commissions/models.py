from commissions.audit.models import LedgerCheck
from commissions.earnings.models.commissions import (
    BonusTerms,
    Commission,
    Decision,
    LineTerms,
    MissedBonus,
    Reversal,
    RiskReview,
)
from commissions.earnings.models.credits import OrderCredit
from commissions.exports.models import Export
from commissions.ledger.models import Transfer, Wallet
from commissions.orders.models import (
    Delivery,
    Event,
    IntakeSecret,
    Order,
    OrderLine,
    OrderVersion,
    Refund,
    RefundLine,
    VersionLine,
)
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.payouts.models import PayoutBatch, PayoutLine, PayoutTemplate
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalKind, SignalPolicy, SignalSearch
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Settlement, Statement, StatementLine
from commissions.settlement.models.taxes import TaxTable
from commissions.settlement.models.write_offs import WriteOff
from commissions.subsidies.models import Allocation, Subsidy

__all__ = [
    "Acknowledgement",
    "Adjustment",
    "Allocation",
    "BonusTerms",
    "Campaign",
    "Commission",
    "Decision",
    "Delivery",
    "Event",
    "Export",
    "IntakeSecret",
    "LedgerCheck",
    "LineTerms",
    "MissedBonus",
    "MonthlyVolume",
    "Order",
    "OrderCredit",
    "OrderLine",
    "OrderVersion",
    "PayPolicy",
    "Payee",
    "PayeeRead",
    "PayoutBatch",
    "PayoutLine",
    "PayoutTemplate",
    "Plan",
    "Refund",
    "RefundLine",
    "Reversal",
    "RiskReview",
    "Rule",
    "Settlement",
    "Signal",
    "SignalFact",
    "SignalHold",
    "SignalKind",
    "SignalPolicy",
    "SignalSearch",
    "Statement",
    "StatementLine",
    "Subsidy",
    "TaxTable",
    "Transfer",
    "VersionLine",
    "Wallet",
    "WriteOff",
]
