"""What is known of a submission before it is decided."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.channels.selectors import channel_limits
from content.kits.domain.objections import Objection, objections, unanswered
from content.kits.domain.posts import Head, publication_faults
from content.kits.domain.texts import ANY, Text
from content.kits.models import Channel
from content.kits.selectors.versions import in_words, prices_of
from content.media.models import Media
from content.products.models import Product
from content.review.domain.word_lists import shipped_lists
from content.review.models import ReviewPolicy
from content.submissions.domain import UnknownProduct, as_written
from content.submissions.models import Submission, SubmissionPicture

DAY = timedelta(days=1)


def with_details(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Submissions with all that a response shows, in a constant number of queries."""
    shown = SubmissionPicture.objects.select_related("media").order_by("number", "position")
    return submissions.select_related("koc", "product", "kit").prefetch_related(
        Prefetch("pictures", queryset=shown), "earlier"
    )


def sent_pictures(submission: Submission) -> list[Media]:
    """The pictures that were sent last, in their order."""
    return [row.media for row in submission.pictures.filter(number=submission.number).select_related("media")]


def product_named(brand: Brand, named: str) -> Product | None:
    """The brand's product of that public id or SKU; none for no name. Raises UnknownProduct."""
    if not named:
        return None
    found: Product | None = Product.objects.with_public_id(named).filter(brand=brand).first()
    found = found or Product.objects.filter(brand=brand, sku=named).first()
    if found is None:
        raise UnknownProduct(_("The brand has no such product."))
    return found


def text_of(submission: Submission) -> Text:
    """As its kit would have it, for any channel."""
    return Text(submission.kind, ANY, as_written(submission.text))


def objections_to_submission(submission: Submission, channels: Sequence[str]) -> list[Objection]:
    """What the law, or one of the channels, objects to in the title or the text, and nobody has justified."""
    found = objections(
        channels,
        [text_of(submission)],
        [Head(ANY, submission.title, ())],
        lists=shipped_lists(),
        prices=prices_of(submission.product, submission.brand),
    )
    justified = set(submission.justifications.values_list("category", "found")) if submission.pk else set()
    return unanswered(list(found), justified)


def misfits_of_submission(submission: Submission, channels: Sequence[str]) -> list[str]:
    """What keeps it from being a kit for these channels, beside what the review objects to."""
    return _misfits(submission, channels, _pictures_shown(submission))


def _misfits(submission: Submission, channels: Sequence[str], pictures: int) -> list[str]:
    return list(
        publication_faults(
            channels,
            [text_of(submission)],
            [],
            channel_limits(),
            has_product=submission.product is not None,
            pictures=pictures,
            names={value: str(label) for value, label in Channel.choices},
        )
    )


def _pictures_shown(submission: Submission) -> int:
    """How many its kit would show: its own, or without any those of its product."""
    own, product = submission.pictures.filter(number=submission.number).count(), submission.product
    return own or (product.pictures.count() if product else 0)


def faults_of_submission(submission: Submission, channels: Sequence[str]) -> list[str]:
    """Everything that keeps it from being a kit for these channels, in words."""
    objected = objections_to_submission(submission, channels)
    return [*misfits_of_submission(submission, channels), *map(in_words, objected)]


def fitting_channels(submission: Submission) -> list[str]:
    """The channels that take it as it is."""
    pictures = _pictures_shown(submission)
    return [channel for channel in channel_limits() if not _misfits(submission, [channel], pictures)]


def overdue_submissions(*, at: datetime) -> QuerySet[Submission]:
    """What waits for longer than its brand lets it, of KOCs who are still there; the longest first."""
    days = ReviewPolicy.objects.filter(brand=OuterRef("brand")).values("approves_after_days")
    patience = ExpressionWrapper(Value(DAY) * Subquery(days), output_field=DurationField())
    return (
        Submission.objects.filter(status=Submission.Status.IN_REVIEW, koc__status=Koc.Status.ACTIVE)
        .alias(patience=patience)
        .filter(sent_at__lte=Value(at) - F("patience"))
        .order_by("sent_at", "pk")
    )
