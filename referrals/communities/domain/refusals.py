"""What is refused here, by name. `attr` is the field of the request that is to blame, if one is."""

from foundation.files.faults import Refusal


class CommunityRefused(Refusal):
    """A community cannot be like that, or does not take that person. `place` is the field to blame, if one is."""

    code = "community_refused"

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place


class NotOfTheTeam(Refusal):
    """Nobody below the leader is that person, whether they exist or not."""

    code = "not_found"
    attr = "koc"
