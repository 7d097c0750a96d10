"""What is refused here, by name. `place` is the field of the request that is to blame, if one is."""

from foundation.files.faults import FieldRefusal, Refusal


class CommunityRefused(FieldRefusal, code="community_refused"):
    """A community cannot be like that, or does not take that person. `place` is the field to blame, if one is."""


class NotOfTheTeam(Refusal, code="not_found", place="koc"):
    """Nobody below the leader is that person, whether they exist or not."""
