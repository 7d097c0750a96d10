from commissions.admin import campaigns, compliance, credits, earnings, ledger, orders, payees, plans, policies, reviews, statements, taxes

__all__ = ["campaigns", "compliance", "credits", "earnings", "ledger", "orders", "payees", "plans", "policies", "reviews", "statements", "taxes"]
