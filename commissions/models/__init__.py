from commissions.models.adjustments import Adjustment
from commissions.models.campaigns import Campaign, MonthlyBase
from commissions.models.commissions import BonusTerms, Commission, Decision, LineAnswer, MissedBonus, Reversal, RiskReview
from commissions.models.credits import OrderCredit
from commissions.models.exports import Export
from commissions.models.fraud import Signal, SignalFact, SignalHold, SignalKind, SignalPolicy, SignalSearch
from commissions.models.ledger import Transfer, Wallet
from commissions.models.ledger_checks import LedgerCheck
from commissions.models.orders import Delivery, Event, Order, OrderLine, OrderVersion, Refund, RefundLine, VersionLine
from commissions.models.payees import Payee, PayeeRead
from commissions.models.payouts import PayoutBatch, PayoutLine, PayoutTemplate
from commissions.models.plans import Plan, Rule
from commissions.models.policies import Acknowledgement, IntakeSecret, PayPolicy
from commissions.models.statements import Settlement, Statement, StatementLine
from commissions.models.subsidies import Allocation, Subsidy, WriteOff
from commissions.models.taxes import TaxTable

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
    "LineAnswer",
    "MissedBonus",
    "MonthlyBase",
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
