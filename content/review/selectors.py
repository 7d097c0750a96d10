"""The terms on which a brand reviews what KOCs submit."""

from dataclasses import dataclass
from datetime import timedelta

from accounts.brands.models import Brand
from content.review.domain.licences import LICENCE
from content.review.models import FIRST_VERSION, REVIEW_DAYS, ReviewPolicy
from foundation.texts.translation import translated


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """What a KOC agrees to, and how soon the brand wants to look."""

    licence: str
    licence_text: str
    takes: timedelta


def terms_of(brand: Brand) -> ReviewTerms:
    """Those of the brand's policy; without one, or without a text of its own, Grove's in the reader's language."""
    policy: ReviewPolicy | None = ReviewPolicy.objects.filter(brand=brand).first()
    if policy is None:
        return ReviewTerms(FIRST_VERSION, translated(LICENCE), timedelta(days=REVIEW_DAYS))
    text = policy.licence_text or translated(LICENCE)
    return ReviewTerms(policy.licence_version, text, timedelta(days=policy.review_days))
