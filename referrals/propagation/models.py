"""What is derived of shares and counted visits, so that a cascade is read without being walked. `rebuild_propagation`
proves it.

The references have no constraint in the database: the rows they name are never deleted, and a check per row would cost
more than the row."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField, UnconstrainedForeignKey
from foundation.texts.names import named_by
from referrals.shares.models import Share
from referrals.visits.models import Visit


class PendingAggregate(models.Model):
    """A share or a counted visit that no cascade counts yet.

    A trigger writes it in the transaction of the fact, so that none is lost: a fact that is committed late is
    aggregated late. A parent's row comes before its children's, since nobody sees a parent that is not committed."""

    brand = UnconstrainedForeignKey(Brand)
    share = UnconstrainedForeignKey(Share, null=True)
    visit = UnconstrainedForeignKey(Visit, null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(share__isnull=False, visit=None) | Q(share=None, visit__isnull=False),
                name="pendingaggregate_is_a_share_or_a_visit",
            )
        ]
        indexes = [Index(fields=["brand", "id"], name="pendingaggregate_in_order")]

    @named_by("share", "visit__share__brand")
    def __str__(self) -> str:
        return _("%(fact)s, not counted yet") % {"fact": self.share or self.visit}


class ShareAggregate(models.Model):
    """A share that its cascade counts; `size` is how many shares stand at and under it."""

    share = ProtectedOneToOneField(Share, primary_key=True, db_constraint=False)
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(size__gt=0), name="folded_share_counts_itself")]

    @named_by("share")
    def __str__(self) -> str:
        return _("from share %(share)s on") % {"share": self.share}


class Cascade(models.Model):
    """All that grew from a share without a parent. W, the sum of its distances, is shares · size_sum − square_sum.

    `size_sum` and `square_sum` are Σ s and Σ s² over all but the root, s the shares at and under each; `people` shared,
    `reach` shared or opened."""

    root = ProtectedOneToOneField(Share, primary_key=True, db_constraint=False)
    brand = ProtectedForeignKey(Brand, db_constraint=False)
    shares = models.PositiveIntegerField()
    size_sum = models.BigIntegerField()
    square_sum = models.DecimalField(
        max_digits=30, decimal_places=0, help_text=_("a chain of four million is past 2^63")
    )
    people = models.PositiveIntegerField(default=0)
    reach = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(people__lte=F("reach")) & Q(people__lte=F("shares")), name="cascade_people_are_reached"
            )
        ]

    @named_by("root")
    def __str__(self) -> str:
        return _("cascade of share %(share)s") % {"share": self.root}


class CascadeLayer(models.Model):
    """One depth of a cascade: shares made there, counted visits that they had, people first reached there, and when the
    first share was made."""

    pk = models.CompositePrimaryKey("root_id", "depth")
    root = UnconstrainedForeignKey(Share)
    depth = models.PositiveIntegerField()
    shares = models.IntegerField()
    visits = models.IntegerField()
    people = models.IntegerField()
    first_at = models.DateTimeField(null=True, help_text=_("empty: people are reached there by visits only"))

    def __str__(self) -> str:
        return f"{self.root_id} at {self.depth}"


class CascadePerson(models.Model):
    """Somebody whom a cascade reached: the key of a KOC who shared, or a visitor's, which are one person when they are
    one key.

    `depth` is the least one at which they were reached: who opened a share stands one deeper than it.
    """

    pk = models.CompositePrimaryKey("root_id", "person")
    root = UnconstrainedForeignKey(Share)
    person = models.CharField(max_length=64)
    depth = models.PositiveIntegerField()
    shared = models.BooleanField()

    class Meta:
        verbose_name_plural = _("cascade people")

    def __str__(self) -> str:
        return f"{self.person} in {self.root_id}"
