"""What this floor refuses, by name."""

from accounts.domain.faults import Refusal


class KitEnded(Refusal):
    code = "kit_ended"
