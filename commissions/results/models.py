"""What content brought, counted anew by the clock, so that a page and a phone read one row."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.results.domain import Mean, mean_of
from content.kits.models import Kit
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.texts.names import named_by


class ContentResult(models.Model):
    """Counts of some shares and of what followed them, until `counted_at`. Amounts are in the brand's minor unit."""

    brand = ProtectedForeignKey(Brand)
    counted_at = models.DateTimeField()
    active = models.PositiveIntegerField(help_text=_("KOCs of the brand who were active then"))
    audience = models.PositiveBigIntegerField(help_text=_("how many people could be reached"))
    shares = models.PositiveIntegerField()
    kocs = models.PositiveIntegerField(help_text=_("who shared it"))
    again = models.PositiveIntegerField(help_text=_("who shared it more than once"))
    depth = models.PositiveIntegerField(help_text=_("how many hand-ons the farthest share was from the first"))
    people = models.PositiveIntegerField(help_text=_("who shared or opened a share of a cascade that it began"))
    visits = models.PositiveIntegerField()
    half_life = models.DurationField(null=True, help_text=_("after it half of all visits had come; empty: no visits"))
    orders = models.PositiveIntegerField(help_text=_("credited to its shares, of which not all was given back"))
    gmv_minor = models.BigIntegerField(help_text=_("what they sold, less what was given back"))
    gmv_squares = models.DecimalField(
        max_digits=40, decimal_places=0, help_text=_("the squares of what each share sold, summed")
    )

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            CheckConstraint(
                condition=Q(again__lte=F("kocs")) & Q(kocs__lte=F("shares")), name="%(class)s_counts_are_parts"
            ),
        ]

    @property
    def per_share(self) -> Mean | None:
        """What a share sold, in the minor unit."""
        return mean_of(self.shares, self.gmv_minor, int(self.gmv_squares))


class KitResult(ContentResult, PublicModel, prefix="res"):
    """What became of the shares of one kit."""

    kit = ProtectedOneToOneField(Kit, related_name="result")

    class Meta(ContentResult.Meta):
        indexes = [Index(fields=["brand", "-gmv_minor"], name="kit_result_by_sales")]

    @named_by("kit")
    def __str__(self) -> str:
        return _("results of %(of)s") % {"of": self.kit}


class AuthorResult(ContentResult):
    """What became of the shares of all kits that a KOC wrote."""

    author = ProtectedOneToOneField(Koc, related_name="+")
    kits = models.PositiveIntegerField(help_text=_("of theirs that were shared"))

    class Meta(ContentResult.Meta):
        indexes = [Index(fields=["brand", "-gmv_minor"], name="author_result_by_sales")]

    @named_by("author")
    def __str__(self) -> str:
        return _("results of %(of)s") % {"of": self.author.called}


class ResultCount(models.Model):
    """When the results of a brand were counted last, and what the newest facts were then."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)
    counted_at = models.DateTimeField()
    newest_share = models.BigIntegerField()
    newest_order = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.brand)
