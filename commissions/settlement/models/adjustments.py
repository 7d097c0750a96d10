from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.settlement.models.statements import Statement
from commissions.settlement.models.triggers import koc_is_of_the_brand
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.triggers import kept, unchanged
from foundation.texts.amounts import shown
from foundation.texts.names import named_by


class Adjustment(PublicModel, prefix="adj"):
    """A fixed amount that goes on a KOC's next statement, once: their own part of a subsidy, or the writing off of a
    debt."""

    class Kind(models.TextChoices):
        SUBSIDY = "subsidy", _("subsidy")
        ALLOCATION = "allocation", _("handed on of a subsidy")
        WRITE_OFF = "write_off", _("debt written off")

    brand = ProtectedForeignKey(Brand, db_index=False)
    koc = ProtectedForeignKey(Koc)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_minor = models.PositiveBigIntegerField()
    note = models.CharField(max_length=500, blank=True)
    happened_at = models.DateTimeField()
    statement = ProtectedForeignKey(Statement, null=True, help_text=_("the statement that it is on"))

    class Meta:
        constraints = [CheckConstraint(condition=Q(amount_minor__gt=0), name="adjustment_is_positive")]
        indexes = [Index(fields=["brand", "happened_at"], name="adjustment_unsettled", condition=Q(statement=None))]
        triggers = [
            koc_is_of_the_brand("adjustments_stay_in_one_brand"),
            unchanged("adjustments_stay_what_they_are", "id"),
            kept("adjustments_are_kept"),
        ]

    @named_by("koc", "brand")
    def __str__(self) -> str:
        return _("%(kind)s · %(amount)s for %(koc)s") % {
            "kind": self.get_kind_display(),
            "amount": shown(self.amount_minor, self.brand.currency),
            "koc": self.koc.called,
        }
