"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class CouponRefused(Refusal, code="coupon_refused"):
    """A coupon cannot be like that, or go to that customer."""
