"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class MessageNotSent(Refusal):
    """The SMS provider did not take the message."""

    code = "sms_unavailable"
