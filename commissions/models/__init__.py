from commissions.models.commissions import Commission, LineAnswer, Reversal
from commissions.models.ledger import Transfer, Wallet
from commissions.models.orders import Delivery, Event, Order, OrderLine, Refund, RefundLine
from commissions.models.payees import Payee, PayeeRead
from commissions.models.plans import Plan, Rule
from commissions.models.policies import IntakeSecret, PayPolicy
from commissions.models.statements import Settlement, Statement, StatementLine
from commissions.models.taxes import TaxTable

__all__ = [
    "Commission",
    "Delivery",
    "Event",
    "IntakeSecret",
    "LineAnswer",
    "Order",
    "OrderLine",
    "PayPolicy",
    "Payee",
    "PayeeRead",
    "Plan",
    "Refund",
    "RefundLine",
    "Reversal",
    "Rule",
    "Settlement",
    "Statement",
    "StatementLine",
    "TaxTable",
    "Transfer",
    "Wallet",
]
