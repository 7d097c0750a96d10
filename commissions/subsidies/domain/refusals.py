"""What is refused here, by name."""

from foundation.files.faults import Refusal


class SubsidyRefused(Refusal, code="subsidy_refused"):
    """A grant that makes no sense: of nothing, of a negative amount, one that has expired before it begins, to a KOC of
    another brand."""


class OnlyJoined(Refusal, code="only_joined"):
    """Somebody who has neither shared nor sold anything at this brand gets nothing: it would be a payment for
    joining."""


class UnknownRecipient(Refusal, code="unknown_recipient", place="to"):
    """Nobody in the giver's own tree has that id. Who is outside of it is as unknown as who does not exist, or is
    another brand's."""


class RecipientNotActive(Refusal, code="recipient_not_active"):
    """Only an active KOC is handed anything."""


class SubsidyExpired(Refusal, code="subsidy_expired"):
    """Nothing is handed on after its end."""


class MayNotPassOn(Refusal, code="may_not_pass_on"):
    """The brand granted money to hand on, and not the right to hand on."""
