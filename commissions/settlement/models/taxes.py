from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from commissions.plans.models.policies import PayPolicy
from commissions.settlement.domain.taxes import Bracket, TaxScale
from foundation.postgres.triggers import append_only


class TaxTable(models.Model):
    """What a tax method reckons with from a day on. Rows are only added: a new law is a new row, and so is a
    correction. Amounts in the major unit."""

    method = models.CharField(
        max_length=24, choices=[choice for choice in PayPolicy.Tax.choices if choice[0] != PayPolicy.Tax.NONE]
    )
    starts_on = models.DateField(help_text=_("a month is taxed by the table that holds on its last day"))
    brackets = models.JSONField(help_text=_("[[up to, percent, quick deduction], …]; the last has no limit"))
    flat_deduction = models.PositiveIntegerField(
        default=0, help_text=_("labour service: not taxed, and taken off what is not above the next figure")
    )
    flat_deduction_up_to = models.PositiveIntegerField(default=0)
    taxed_percent = models.PositiveSmallIntegerField(default=80, help_text=_("how much of the income is taxed"))
    monthly_deduction = models.PositiveIntegerField(
        default=0, help_text=_("platform, cumulative: for each month with income")
    )
    source = models.CharField(max_length=300, help_text=_("the law or announcement that says so"))
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["method", "starts_on"], name="tax_table_once_per_method_and_day"),
            CheckConstraint(condition=Q(taxed_percent__gt=0, taxed_percent__lte=100), name="tax_table_taxes_a_part"),
            CheckConstraint(
                condition=Q(flat_deduction__lte=F("flat_deduction_up_to")), name="tax_table_deduction_has_its_limit"
            ),
        ]
        triggers = [append_only("tax_tables_are_append_only")]

    def __str__(self) -> str:
        return _("%(method)s from %(day)s") % {"method": self.get_method_display(), "day": self.starts_on}

    def as_table(self) -> TaxScale:
        return TaxScale(
            brackets=tuple(Bracket(*row) for row in self.brackets),
            flat_deduction=self.flat_deduction,
            flat_deduction_up_to=self.flat_deduction_up_to,
            taxed_percent=self.taxed_percent,
            monthly_deduction=self.monthly_deduction,
        )
