from commissions.admin import campaigns, compliance, credits, earnings, ledger, orders, plans, policies, reviews, statements

__all__ = ["campaigns", "compliance", "credits", "earnings", "ledger", "orders", "plans", "policies", "reviews", "statements"]
