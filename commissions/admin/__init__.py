from commissions.admin import campaigns, credits, earnings, ledger, orders, payees, plans, reviews, statements, taxes

__all__ = ["campaigns", "credits", "earnings", "ledger", "orders", "payees", "plans", "reviews", "statements", "taxes"]
