from commissions.admin import earnings, ledger, orders, payees, plans, statements, taxes

__all__ = ["earnings", "ledger", "orders", "payees", "plans", "statements", "taxes"]
