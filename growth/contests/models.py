from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import NameField


class Contest(PublicModel, prefix="cts"):
    """Who brings most in a time: sales, or people. Prizes are for ranks; people are counted, never paid for by the
    head."""

    class Kind(models.TextChoices):
        SALES = "sales", _("sales")
        RECRUITS = "recruits", _("people invited")

    brand = ProtectedForeignKey(Brand)
    name = NameField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    rule = models.TextField(blank=True, help_text=_("as people read it"))
    least = models.PositiveBigIntegerField(
        default=0, help_text=_("what is needed to be ranked: GMV in minor units, or people")
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="contest_ends_after_it_starts")]
        indexes = [Index(fields=["brand", "-starts_at"], name="contest_by_brand")]

    def __str__(self) -> str:
        return self.name


class Prize(models.Model):
    """What the ranks from `first` to `last` of a contest win."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="prizes")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    what = models.CharField(max_length=200)

    class Meta:
        ordering = ["first"]
        constraints = [CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="prize_is_for_ranks")]

    def __str__(self) -> str:
        return f"{self.first}–{self.last}: {self.what}" if self.last > self.first else f"{self.first}: {self.what}"
