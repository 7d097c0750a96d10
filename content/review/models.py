"""How a brand reviews what is shared."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedOneToOneField

FIRST_VERSION, REVIEW_DAYS = "1", 3
"""what holds for a brand without a row"""


class ReviewPolicy(models.Model):
    """How many people a kit of a brand needs, and on what terms and how soon it reviews what KOCs submit. A brand without
    a row asks for one person, has our licence and takes three days."""

    brand = ProtectedOneToOneField(Brand)
    needs_second_person = models.BooleanField(default=False, help_text=_("another person than the author publishes"))
    licence_version = models.CharField(
        max_length=40,
        default=FIRST_VERSION,
        db_default=FIRST_VERSION,
        help_text=_("a changed licence has a new version, which KOCs agree to anew"),
    )
    licence_text = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=20_000,
        help_text=_("what KOCs agree to who submit own content; empty: the text of Grove"),
    )
    review_days = models.PositiveSmallIntegerField(
        default=REVIEW_DAYS,
        db_default=REVIEW_DAYS,
        help_text=_("how many days the brand takes to look at what KOCs submit"),
    )
    approves_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True,
        help_text=_("what nobody looked at in so many days, and the review does not object to, is approved by itself; empty: never"),
    )  # fmt: skip

    confirms_proofs = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_(
            "addresses of posts are confirmed by themselves: on the channel's own platform, given for no other share, marked as advertising"
        ),
    )

    class Meta:
        verbose_name_plural = _("review policies")
        constraints = [
            CheckConstraint(condition=~Q(licence_version=""), name="review_licence_has_a_version"),
            CheckConstraint(
                condition=Q(approves_after_days=None) | Q(approves_after_days__gte=1), name="review_waits_a_day"
            ),
        ]

    def __str__(self) -> str:
        return str(self.brand)

    def clean(self) -> None:
        """KOCs agreed to a version: its text does not change under it."""
        before = ReviewPolicy.objects.filter(pk=self.pk).first() if self.pk else None
        is_same_version = before is not None and before.licence_version == self.licence_version
        if before is not None and is_same_version and before.licence_text != self.licence_text:
            raise ValidationError({"licence_version": _("A changed licence needs a new version.")})
