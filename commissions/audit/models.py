from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by


class LedgerCheck(models.Model):
    """The ledger of a brand was looked at: the laws that were proved, and what broke them, if anything did. Rows are
    only added."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    checked_at = models.DateTimeField()
    laws = models.PositiveSmallIntegerField(help_text=_("how many were looked at"))
    fault_count = models.PositiveBigIntegerField()
    faults = models.JSONField(default=list, help_text=_("the first hundred"))
    seconds = models.FloatField(help_text=_("of the whole run, in which every brand was looked at together"))

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(fault_count=0) ^ ~Q(faults=[]), name="ledger_check_names_its_faults")
        ]
        indexes = [Index(fields=["brand", "-checked_at"], name="ledger_check_by_brand")]

    @named_by("brand")
    def __str__(self) -> str:
        return _("ledger of %(brand)s, %(at)s") % {
            "brand": self.brand,
            "at": full_moment(self.checked_at, self.brand.timezone),
        }
