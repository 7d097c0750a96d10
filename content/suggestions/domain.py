"""What may become of a suggestion."""

from foundation.files.faults import Refusal

NEW, SEEN, PLANNED, ADOPTED, DECLINED = "new", "seen", "planned", "adopted", "declined"
MOVES: dict[str, set[str]] = {
    NEW: {SEEN, PLANNED, ADOPTED, DECLINED},
    SEEN: {PLANNED, ADOPTED, DECLINED},
    PLANNED: {ADOPTED, DECLINED},
    ADOPTED: set(),
    DECLINED: set(),
}
"""What each state may become: a promise is kept or taken back for a reason, and what was done stays done."""
MOST_WAITING = 20
"""suggestions of one KOC that nobody has looked at"""


class NotAnswerable(Refusal, code="not_answerable"):
    """A suggestion cannot become that, or a reason is missing."""


class TooManySuggestions(Refusal, code="too_many_suggestions"):
    """The brand has not looked at the earlier ones yet."""
