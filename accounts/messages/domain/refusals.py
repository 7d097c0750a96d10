"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class MessageNotSent(Refusal, code="sms_unavailable"):
    """The SMS provider did not take the message."""
