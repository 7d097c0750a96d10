"""Facts that could not be processed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedForeignKey


class FailedFact(models.Model):
    """A fact whose processing raised: it is set aside with its error, so that the others go on, and tried again after
    growing pauses. The row goes when a try succeeds."""

    class Kind(models.TextChoices):
        ORDER = "order", _("order to credit")
        REFUND = "refund", _("refund to apply")
        AMENDMENT = "amendment", _("amendment to apply")
        DELIVERY = "delivery", _("commissions to approve")
        SUBSIDY = "subsidy", _("subsidy to return")
        CLICK = "click", _("click to keep")
        SPREAD = "spread", _("share or visit to aggregate")

    brand = ProtectedForeignKey(Brand, null=True, db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    fact = models.BigIntegerField(help_text=_("the fact's own number, in the table of its kind"))
    payload = models.JSONField(null=True, help_text=_("the fact itself, where it stands in no table yet"))
    error = models.CharField(max_length=300, help_text=_("what was raised, and where"))
    attempts = models.PositiveIntegerField(default=1)
    first_failed_at = models.DateTimeField()
    failed_at = models.DateTimeField()
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "fact"], name="one_failure_per_fact")]
        indexes = [models.Index(fields=["brand", "kind"], name="failed_facts_of_a_brand")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fact}"
