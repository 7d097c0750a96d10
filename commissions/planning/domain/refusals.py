"""What is refused here, by name."""

from collections.abc import Sequence

from foundation.files.faults import Refusal
from foundation.files.yaml_files import Contradiction


class Contradicted(Refusal, code="contradicted"):
    """What is to be saved contradicts itself, or what stands already. `faults` are (what is wrong, the place inside of
    it)."""

    def __init__(self, faults: Sequence[Contradiction]) -> None:
        super().__init__("; ".join(message for message, _ in faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return [message for message, _ in self.faults]


class PlanRefused(Contradicted, code="plan_refused"):
    """A plan that cannot be, or one in force that would be edited."""


class CampaignRefused(Contradicted, code="campaign_refused"):
    """A campaign that cannot be, or one in force that would be edited."""


class TotalCapRefused(Contradicted, code="guard_refused"):
    """A guard below what a plan or a campaign that goes on promises."""
