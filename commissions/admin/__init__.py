from commissions.admin import campaigns, credits, earnings, ledger, orders, payees, payout_lines, payout_templates, payouts, plans, reviews, statements, taxes

__all__ = [
    "campaigns", "credits", "earnings", "ledger", "orders", "payees", "payout_lines", "payout_templates", "payouts", "plans", "reviews", "statements", "taxes",
]  # fmt: skip
