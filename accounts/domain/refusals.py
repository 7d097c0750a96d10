"""What this floor refuses, by name. `attr` is the field of the request that is to blame, if one is."""

from accounts.domain.faults import Refusal


class BadPhone(Refusal):
    code = "invalid_phone"
    attr = "phone"


class WrongCode(Refusal):
    """The code is not the newest one of this phone, is too old or was used."""

    code = "wrong_code"
    attr = "code"


class FreshOtpRequired(Refusal):
    """The session is good, but this needs a proof of the phone that is not older than some minutes."""

    code = "fresh_otp_required"


class TooManyTries(Refusal):
    """Somebody knocked too often; `retry_after` is in whole seconds."""

    code = "throttled"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class MessageNotSent(Refusal):
    """The SMS provider did not take the message."""

    code = "sms_unavailable"


class BadRefresh(Refusal):
    """A refresh token that is not the newest of a living session."""

    code = "token_not_valid"


class AlreadyMember(Refusal):
    code = "already_member"


class NotDecidable(Refusal):
    """Only an application that nobody decided yet can be approved or rejected."""

    code = "not_decidable"


class IdempotencyConflict(Refusal):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_conflict"


class BadIdempotencyKey(Refusal):
    code = "invalid_idempotency_key"
