"""What planning refuses."""

from collections.abc import Sequence

from foundation.files.faults import Refusal
from foundation.files.yaml_files import Contradiction


class Contradicted(Refusal, code="contradicted"):
    """A plan or campaign contradicts itself, or what is saved already. `faults` are (what is wrong, its place inside
    the plan or campaign)."""

    def __init__(self, faults: Sequence[Contradiction]) -> None:
        super().__init__("; ".join(message for message, _ in faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return [message for message, _ in self.faults]


class PlanRefused(Contradicted, code="plan_refused"):
    """A plan with faults, or one in force that would be edited."""


class CampaignRefused(Contradicted, code="campaign_refused"):
    """A campaign with faults, or one in force that would be edited."""


class TotalCapRefused(Contradicted, code="guard_refused"):
    """A total cap below the rates of a plan or a campaign that has not ended."""
