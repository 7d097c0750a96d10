"""What is refused here, by name."""

from collections.abc import Sequence

from foundation.files.faults import Refusal
from foundation.files.yaml_files import Contradiction


class Contradicted(Refusal):
    """What is to be saved contradicts itself, or what stands already. `faults` are (what is wrong, the place inside of
    it)."""

    code = "contradicted"

    def __init__(self, faults: Sequence[Contradiction]) -> None:
        super().__init__("; ".join(message for message, _ in faults))
        self.faults = faults

    def messages(self) -> list[str]:
        return [message for message, _ in self.faults]


class PlanRefused(Contradicted):
    """A plan that cannot be, or one in force that would be edited."""

    code = "plan_refused"


class CampaignRefused(Contradicted):
    """A campaign that cannot be, or one in force that would be edited."""

    code = "campaign_refused"


class TotalCapRefused(Contradicted):
    """A guard below what a plan or a campaign that goes on promises."""

    code = "guard_refused"
