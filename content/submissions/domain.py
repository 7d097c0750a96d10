"""What may become of a submission, and what is refused of one."""

from foundation.files.faults import Refusal

IN_REVIEW, CHANGES_REQUESTED, APPROVED, DECLINED = "in_review", "changes_requested", "approved", "declined"
WITHDRAWN = "withdrawn"
MOVES: dict[str, set[str]] = {
    IN_REVIEW: {CHANGES_REQUESTED, APPROVED, DECLINED, WITHDRAWN},
    CHANGES_REQUESTED: {IN_REVIEW, DECLINED, WITHDRAWN},
    APPROVED: set(),
    DECLINED: set(),
    WITHDRAWN: set(),
}
"""What each state may become: only what is under review is approved, and what was decided stays so."""
OPEN = (IN_REVIEW, CHANGES_REQUESTED)
MOST_OPEN = 10
"""submissions of one KOC that are not decided"""
MOST_PICTURES = 9
"""what Moments take in one post"""
LONGEST_TITLE, LONGEST_TEXT = 200, 5000
CHINESE, ENGLISH = "zh-hans", "en"
CHINESE_LETTERS = range(0x4E00, 0xA000)
"""CJK Unified Ideographs"""


class MembershipNotActive(Refusal, code="koc_not_active"):
    """Who has applied, or was rejected, submits nothing."""


class TooManySubmissions(Refusal, code="too_many_submissions"):
    """The brand has not decided about the earlier ones yet."""


class LicenceChanged(Refusal, code="licence_changed", place="licence"):
    """Somebody agreed to a licence that is not the current one."""


class SubmissionNotOpen(Refusal, code="submission_not_open"):
    """A submission is not in the state that a step begins from."""


class NoReason(Refusal, code="no_reason", place="reason"):
    """A step needs words that the KOC, or who looks at it later, reads."""


class UnknownProduct(Refusal, code="unknown_product", place="product"):
    """The brand sells nothing of that id or SKU."""


def as_written(text: str) -> str:
    """The text as a kit has it, so that its braces stay braces: who submits knows of no placeholders."""
    return text.replace("{", "{{").replace("}", "}}")


def language_of(text: str) -> str:
    """Chinese as soon as one character is, else English."""
    return CHINESE if any(ord(letter) in CHINESE_LETTERS for letter in text) else ENGLISH
