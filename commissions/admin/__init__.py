from commissions.admin import earnings, ledger, orders, plans, statements

__all__ = ["earnings", "ledger", "orders", "plans", "statements"]
