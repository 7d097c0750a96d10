"""What KOCs submit for the brand to review."""

import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.kits.models import Kit, Section
from content.media.models import Media, picture_of_the_brand
from content.products.models import Product
from content.submissions.domain import LONGEST_TEXT, LONGEST_TITLE
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.text_fields import NameField
from foundation.postgres.triggers import rows_checked, unchanged
from foundation.texts.names import named_by

OF_ANOTHER_BRAND = (
    "NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id) OR NEW.product_id IS NOT NULL "
    "AND NOT EXISTS (SELECT FROM content_product WHERE id = NEW.product_id AND brand_id = NEW.brand_id)"
)


class Submission(PublicModel, prefix="sbm"):
    """Own content of a KOC, and what the brand decided about it. What stands here is what was sent last."""

    class Status(models.TextChoices):
        IN_REVIEW = "in_review", _("in review")
        CHANGES_REQUESTED = "changes_requested", _("changes requested")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc)
    product = ProtectedForeignKey(Product, null=True, blank=True)
    kind = models.CharField(max_length=8, choices=Section.Kind.choices, default=Section.Kind.USAGE)
    title = NameField(max_length=LONGEST_TITLE)
    text = models.TextField(max_length=LONGEST_TEXT)
    number = models.PositiveSmallIntegerField(default=1, help_text=_("how often it was sent"))
    licence = models.CharField(max_length=40, help_text=_("the version that the KOC agreed to"))
    licence_text = models.TextField(help_text=_("what the KOC agreed to, as it was shown"))
    status = models.CharField(max_length=17, choices=Status.choices, default=Status.IN_REVIEW)
    reason = models.CharField(
        max_length=500, blank=True, help_text=_("what the KOC reads: what is to be changed, or why it is declined")
    )
    objections = models.PositiveSmallIntegerField(
        default=0, help_text=_("how many places the review objected to when it arrived")
    )
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("until when the brand wants to have looked at it"))
    decided_by = ProtectedForeignKey(User, null=True, blank=True, help_text=_("empty: by itself"))
    decided_at = models.DateTimeField(null=True, blank=True)
    kit = ProtectedOneToOneField(Kit, null=True, blank=True, help_text=_("what it became"))

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="submission_says_something"),
            CheckConstraint(
                condition=~Q(status__in=["changes_requested", "declined"], reason=""), name="submission_answer_says_why"
            ),
            CheckConstraint(
                condition=Q(status="approved", kit__isnull=False) | ~Q(status="approved") & Q(kit=None),
                name="submission_approved_is_a_kit",
            ),
            CheckConstraint(
                condition=Q(status="in_review", decided_at=None) | ~Q(status="in_review") & Q(decided_at__isnull=False),
                name="submission_answered_at_a_time",
            ),
        ]
        indexes = [
            Index(fields=["koc", "-made_at"], name="submission_by_koc"),
            Index(fields=["brand", "-status", "due_at"], name="submission_by_status"),
        ]
        triggers = [
            unchanged("submission_is_whose_it_is", "brand_id", "koc_id"),
            rows_checked(
                "submission_stays_in_one_brand",
                pgtrigger.Insert | pgtrigger.UpdateOf("product_id"),
                OF_ANOTHER_BRAND,
                "a submission is of its KOC's brand, and so is its product",
            ),
        ]

    @named_by("koc")
    def __str__(self) -> str:
        return f"{self.koc.called}: {self.title}"


class EarlierSending(models.Model):
    """A submission as it was before it was sent again, and what the brand said to it then."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="earlier")
    number = models.PositiveSmallIntegerField()
    title = NameField(max_length=LONGEST_TITLE)
    text = models.TextField(max_length=LONGEST_TEXT)
    licence = models.CharField(max_length=40)
    licence_text = models.TextField()
    sent_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    decided_by = ProtectedForeignKey(User, null=True, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["submission", "number"]
        constraints = [UniqueConstraint(fields=["submission", "number"], name="earlier_sending_once")]
        triggers = [
            unchanged(
                "earlier_sending_stays", "submission_id", "number", "title", "text", "licence", "licence_text", "reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"


class SubmissionPicture(models.Model):
    """A picture of a submission, in its order; `number` says of which sending."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="pictures")
    media = ProtectedForeignKey(Media)
    number = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["submission", "number", "position"]
        constraints = [
            UniqueConstraint(fields=["submission", "number", "media"], name="submission_picture_once"),
        ]
        triggers = [
            picture_of_the_brand(
                "submission_picture_is_of_the_brand", "content_submission WHERE id = NEW.submission_id"
            )
        ]

    def __str__(self) -> str:
        return str(self.media)


class SubmissionJustification(models.Model):
    """Why a piece of a submission may stay although the review objects to it, in the words of staff."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="justifications")
    category = models.CharField(max_length=16)
    found = models.CharField(max_length=200, help_text=_("the piece, as it is written"))
    why = models.CharField(max_length=500)
    by = ProtectedForeignKey(User)
    at = models.DateTimeField()

    class Meta:
        ordering = ["submission", "pk"]
        constraints = [
            UniqueConstraint(fields=["submission", "category", "found"], name="submission_justified_once"),
            CheckConstraint(condition=~Q(why=""), name="submission_justification_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.found}: {self.why}"
