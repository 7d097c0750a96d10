"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class BadPhone(Refusal, code="invalid_phone", place="phone"):
    """No phone number in any spelling that is known."""


class WrongCode(Refusal, code="wrong_code", place="code"):
    """The code is not the newest one of this phone, is too old or was used."""


class FreshOtpRequired(Refusal, code="fresh_otp_required"):
    """The session is good, but this needs a proof of the phone that is not older than some minutes."""


class BadRefresh(Refusal, code="token_not_valid"):
    """A refresh token that is not the newest of a living session."""


class IdempotencyConflict(Refusal, code="idempotency_conflict"):
    """The same Idempotency-Key came with another request."""


class BadIdempotencyKey(Refusal, code="invalid_idempotency_key"):
    """A key is 1 to 255 printable characters."""
