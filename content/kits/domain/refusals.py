"""What is refused here, by name."""

from collections.abc import Sequence

from foundation.files.faults import Refusal


class KitEnded(Refusal, code="kit_ended"):
    """A kit that has ended is shared no more."""


class ChannelNotOffered(Refusal, code="channel_not_offered", place="channel"):
    """A kit has nothing for this channel."""


class NotOpen(Refusal, code="not_open"):
    """A version is not in the state that a step begins from."""


class SamePerson(Refusal, code="same_person"):
    """The author may not publish what they wrote."""


class NothingToShare(Refusal, code="nothing_said"):
    """A step needs words that were not given."""


class KitUnfit(Refusal, code="kit_unfit"):
    """A version cannot be published as it is; every fault is named."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)

    def messages(self) -> list[str]:
        return self.faults
