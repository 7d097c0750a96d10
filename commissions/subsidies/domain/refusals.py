"""What subsidies refuse."""

from foundation.files.faults import Refusal


class SubsidyRefused(Refusal, code="subsidy_refused"):
    """An invalid grant: of nothing, of a negative amount, one that has expired before it begins, to a KOC of another
    brand."""


class OnlyJoined(Refusal, code="only_joined"):
    """The recipient has neither shared nor sold anything at this brand: a subsidy would be a payment for joining."""


class UnknownRecipient(Refusal, code="unknown_recipient", place="to"):
    """Nobody in the giver's own tree has that id. A KOC outside of it is refused like one that does not exist, or is
    another brand's."""


class RecipientNotActive(Refusal, code="recipient_not_active"):
    """Only an active KOC is handed anything."""


class SubsidyExpired(Refusal, code="subsidy_expired"):
    """Nothing is handed on after its end."""


class MayNotPassOn(Refusal, code="may_not_pass_on"):
    """The grant may be handed on as money only, not as the right to hand on."""
