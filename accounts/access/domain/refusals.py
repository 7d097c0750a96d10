"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


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


class BadRefresh(Refusal):
    """A refresh token that is not the newest of a living session."""

    code = "token_not_valid"


class IdempotencyConflict(Refusal):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_conflict"


class BadIdempotencyKey(Refusal):
    code = "invalid_idempotency_key"
