"""What subsidies refuse."""

from foundation.files.faults import Refusal


class SubsidyRefused(Refusal):
    """An invalid grant: of nothing, of a negative amount, one that has expired before it begins, to a KOC of another
    brand."""

    code = "subsidy_refused"


class OnlyJoined(Refusal):
    """The recipient has neither shared nor sold anything at this brand: a subsidy would be a payment for joining."""

    code = "only_joined"


class UnknownRecipient(Refusal):
    """Nobody in the giver's own tree has that id. A KOC outside of it is refused like one that does not exist, or is
    another brand's."""

    code = "unknown_recipient"
    attr = "to"


class RecipientNotActive(Refusal):
    code = "recipient_not_active"


class SubsidyExpired(Refusal):
    code = "subsidy_expired"


class MayNotPassOn(Refusal):
    """The grant may be handed on as money only, not as the right to hand on."""

    code = "may_not_pass_on"
