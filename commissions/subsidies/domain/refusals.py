"""What is refused here, by name."""

from foundation.files.faults import Refusal


class SubsidyRefused(Refusal):
    """A grant that makes no sense: of nothing, of a negative amount, one that has expired before it begins, to a KOC of
    another brand."""

    code = "subsidy_refused"


class OnlyJoined(Refusal):
    """Somebody who has neither shared nor sold anything at this brand gets nothing: it would be a payment for
    joining."""

    code = "only_joined"


class UnknownRecipient(Refusal):
    """Nobody in the giver's own tree has that id. Who is outside of it is as unknown as who does not exist, or is
    another brand's."""

    code = "unknown_recipient"
    attr = "to"


class RecipientNotActive(Refusal):
    code = "recipient_not_active"


class SubsidyExpired(Refusal):
    code = "subsidy_expired"


class MayNotPassOn(Refusal):
    """The brand granted money to hand on, and not the right to hand on."""

    code = "may_not_pass_on"
