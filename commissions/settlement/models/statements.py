from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.settlement.models.triggers import OF_SETTLEMENTS, OF_STATEMENT_LINES, OF_STATEMENTS
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, UnconstrainedForeignKey
from foundation.postgres.triggers import MetaForTriggers, named_stays
from foundation.texts.amounts import shown
from foundation.texts.names import named_by


class Settlement(models.Model):
    """A brand settled a period, a calendar month in its zone; or one KOC's money at their request. One that was
    reopened is void, and stays to be seen."""

    brand = ProtectedForeignKey(Brand)
    currency = models.CharField(max_length=3)
    period = models.CharField(max_length=7, help_text=_("YYYY-MM"))
    settled_at = models.DateTimeField()
    on_request = models.BooleanField(default=False)
    tax_table = ProtectedForeignKey("commissions.TaxTable", null=True, db_index=False)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = ProtectedForeignKey(User, null=True)
    reopened_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["brand", "currency", "period"],
                condition=Q(on_request=False, reopened_at=None),
                name="settlement_once_per_period",
            ),
            CheckConstraint(condition=Q(period__regex=r"^\d{4}-(0[1-9]|1[0-2])$"), name="settlement_period_is_a_month"),
        ]
        triggers = OF_SETTLEMENTS

    @named_by("brand")
    def __str__(self) -> str:
        return _("%(period)s of %(brand)s") % {"period": self.period, "brand": self.brand}


class Statement(PublicModel, prefix="stm"):
    """What one KOC is owed for one period, after tax: gross − debt_in − tax = net. One that is carried settles nothing
    yet."""

    class Status(models.TextChoices):
        READY = "ready", _("ready")
        CARRIED = "carried", _("carried forward")
        PAID = "paid", _("paid")
        VOID = "void", _("reopened")

    # No constraint a row, here and below: one trigger a statement checks that what is named exists and is of one KOC
    # and brand, at a tenth of the cost.
    settlement = UnconstrainedForeignKey(Settlement, related_name="statements")
    koc = ProtectedForeignKey(Koc, db_constraint=False)
    period = models.CharField(max_length=7)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField(default=0, help_text=_("approved minus reversals, before debt"))
    debt_in_minor = models.PositiveBigIntegerField(default=0, help_text=_("debt of earlier periods, taken off here"))
    tax_method = models.CharField(max_length=24)
    taxable_minor = models.PositiveBigIntegerField(default=0)
    tax_minor = models.PositiveBigIntegerField(default=0)
    net_minor = models.PositiveBigIntegerField(default=0)
    carried_out_minor = models.BigIntegerField(
        default=0, help_text=_("below the minimum, or a debt when negative: goes to the next period")
    )
    status = models.CharField(max_length=7, choices=Status.choices)
    on_request = models.BooleanField(default=False)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["settlement", "koc"], name="statement_once_per_koc_and_period"),
            UniqueConstraint(
                fields=["koc", "currency", "period"],
                condition=Q(on_request=False) & ~Q(status="void"),
                name="statement_once_per_koc_currency_and_period",
            ),
            CheckConstraint(
                condition=Q(gross_minor=F("debt_in_minor") + F("tax_minor") + F("net_minor")), name="statement_adds_up"
            ),
            CheckConstraint(
                condition=Q(status="carried", gross_minor=0)
                | Q(status="void")
                | (~Q(status="carried") & Q(carried_out_minor=0)),
                name="statement_pays_or_carries",
            ),
        ]
        indexes = [Index(fields=["settlement"], name="statement_ready", condition=Q(status="ready"))]
        triggers = OF_STATEMENTS

    @named_by("koc")
    def __str__(self) -> str:
        return _("%(period)s of %(koc)s") % {"period": self.period, "koc": self.koc.called}


class StatementLine(PublicModel, prefix="stl"):
    """What one item brings to one statement: a commission its value at the period's end minus what earlier statements
    had of it, an adjustment its amount."""

    statement = UnconstrainedForeignKey(Statement, related_name="lines")
    commission = ProtectedForeignKey(
        "commissions.Commission", related_name="statement_lines", null=True, db_constraint=False
    )
    adjustment = UnconstrainedForeignKey("commissions.Adjustment", related_name="statement_lines", null=True)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["statement", "commission", "adjustment"], nulls_distinct=False, name="statement_line_once"
            ),
            CheckConstraint(condition=Q(commission=None) ^ Q(adjustment=None), name="statement_line_has_one_item"),
            CheckConstraint(condition=~Q(amount_minor=0), name="statement_line_is_not_zero"),
        ]
        indexes = [
            Index(fields=["adjustment"], name="statement_line_by_adjustment", condition=Q(adjustment__isnull=False))
        ]
        triggers = OF_STATEMENT_LINES

    @named_by("statement__koc")
    def __str__(self) -> str:
        return f"{self.statement} · {shown(self.amount_minor, self.statement.currency)}"


class KocWithStatements(Koc):
    """KOCs as statements see them. Those name them without a constraint, so a law keeps who is named."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("kocs_with_statements_stay", "commissions_statement", "koc_id")]
