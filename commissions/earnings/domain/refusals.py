"""What is refused here, by name."""

from foundation.files.faults import Refusal


class BudgetExceeded(Refusal):
    """A campaign or a subsidy has not so much left."""

    code = "budget_exceeded"


class NotReviewable(Refusal):
    """A commission cannot be held, released or reversed as it stands; none of those that were chosen was."""

    code = "not_reviewable"
