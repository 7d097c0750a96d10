from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.triggers import grants_stand, koc_is_of_the_brand
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import changed, kept
from foundation.texts.amounts import shown
from foundation.texts.names import named_by


class WriteOff(models.Model):
    """Somebody asks that a KOC's debt be forgiven; another person approves it or not."""

    class Status(models.TextChoices):
        ASKED = "asked", _("waits for another person")
        APPROVED = "approved", pgettext_lazy("by a second person", "approved")
        REFUSED = "refused", _("refused")

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc)
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    asked_by = ProtectedForeignKey(User)
    asked_at = models.DateTimeField()
    decided_by = ProtectedForeignKey(User, null=True)
    decided_at = models.DateTimeField(null=True)
    adjustment = ProtectedOneToOneField(Adjustment, null=True, help_text=_("what fills up the debt"))

    class Meta:
        verbose_name = _("write-off")
        constraints = [
            UniqueConstraint(fields=["koc"], condition=Q(status="asked"), name="write_off_one_open"),
            CheckConstraint(
                condition=Q(amount_minor__gt=0) & ~Q(reason=""), name="write_off_has_an_amount_and_a_reason"
            ),
            CheckConstraint(
                condition=~Q(status="approved", decided_by=F("asked_by")), name="write_off_is_approved_by_another"
            ),
            CheckConstraint(
                condition=Q(status="asked", decided_by=None, decided_at=None)
                | (~Q(status="asked") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="write_off_decision_is_whole",
            ),
            CheckConstraint(condition=Q(status="approved") ^ Q(adjustment=None), name="write_off_moves_when_approved"),
        ]
        triggers = [
            koc_is_of_the_brand("write_offs_stay_in_one_brand"),
            grants_stand(
                "write_offs_stand",
                condition=f"OLD.status <> 'asked' OR {changed('brand_id', 'koc_id', 'amount_minor', 'asked_by_id')}",
            ),
            kept("write_offs_are_kept"),
        ]

    @named_by("koc", "brand")
    def __str__(self) -> str:
        return _("write-off of %(amount)s for %(koc)s") % {
            "amount": shown(self.amount_minor, self.brand.currency),
            "koc": self.koc.called,
        }
