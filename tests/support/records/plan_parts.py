"""Campaigns as somebody says them, before they are saved."""

from typing import Any

from commissions.plans.domain.plan_parts import CampaignPart, StepPart


def say_bounty(**said: Any) -> CampaignPart:
    """3.00 for each of 10.00 that may be spent, unless something else is said; it has to be said when it starts."""
    given: dict[str, Any] = {"key": "serum", "kind": "bounty", "budget_minor": 1000, "fixed_minor": 300}
    return CampaignPart(**(given | said))


def say_steps(*steps: tuple[int, int], **said: Any) -> CampaignPart:
    """(from which sum on, rate) of each step."""
    return say_bounty(kind="steps", fixed_minor=None, steps=[StepPart(*step) for step in steps], **said)
