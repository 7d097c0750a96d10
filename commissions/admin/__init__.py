from commissions.admin import campaigns, credits, earnings, ledger, orders, plans, policies, reviews, statements

__all__ = ["campaigns", "credits", "earnings", "ledger", "orders", "plans", "policies", "reviews", "statements"]
