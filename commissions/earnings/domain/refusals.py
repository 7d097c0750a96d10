"""What is refused here, by name."""

from foundation.files.faults import Refusal


class BudgetExceeded(Refusal, code="budget_exceeded"):
    """A campaign or a subsidy has not so much left."""


class NotReviewable(Refusal, code="not_reviewable"):
    """A commission cannot be held, released or reversed as it stands; none of those that were chosen was."""
