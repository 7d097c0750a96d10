from django.db import models
from django.db.models import F, Q

from accounts.models import Brand, Koc
from accounts.models.public_ids import PublicModel
from commissions.models.orders import OrderLine, Refund
from commissions.models.plans import Plan, Rule
from commissions.models.statements import Statement


class LineAnswer(models.Model):
    """The terms that were found for one credited order line, frozen. Every later amount of the line is computed from them."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, primary_key=True, related_name="answer", db_constraint=False)
    koc = models.ForeignKey(Koc, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    sponsor = models.ForeignKey(
        Koc, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False, help_text="who is paid level 2, if anybody"
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False, help_text="empty: no plan was in force"
    )
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False, help_text="empty: no rule held")
    rate_bps = models.PositiveIntegerField(null=True)
    fixed_minor = models.PositiveBigIntegerField(null=True)
    multiplier_bps = models.PositiveIntegerField()
    override_bps = models.PositiveIntegerField()
    cap_minor = models.PositiveBigIntegerField(null=True)
    total_cap_bps = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"answer to line {self.pk}"


class Commission(PublicModel):
    """A KOC's right to money for one order line: level 1 is the sharer, level 2 the sharer's sponsor. `net` is amount − reversed."""

    prefix = "com"

    class Status(models.TextChoices):
        PENDING = "pending", "pending 待确认"
        APPROVED = "approved", "approved 已确认"
        SETTLED = "settled", "settled 已结算"
        PAID = "paid", "paid 已打款"
        HELD = "held", "held 审核中"
        REVERSED = "reversed", "reversed 已撤销"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="commissions", db_index=False, db_constraint=False)
    koc = models.ForeignKey(Koc, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    level = models.PositiveSmallIntegerField()
    amount_minor = models.PositiveBigIntegerField(help_text="as first computed")
    reversed_minor = models.BigIntegerField(default=0)
    settled_minor = models.BigIntegerField(default=0, help_text="the sum of its lines on statements")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, help_text="the instant when the hold ended")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, related_name="+", help_text="the first statement that it is on")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "level", "koc"], name="commission_once_per_line_level_and_koc"),
            models.CheckConstraint(condition=Q(level__in=[1, 2]), name="commission_level_is_1_or_2"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="commission_is_positive"),
            models.CheckConstraint(condition=Q(reversed_minor__lte=F("amount_minor")), name="commission_reversed_at_most_whole"),
        ]
        indexes = [
            models.Index(fields=["koc", "-made_at", "-id"], name="commission_by_koc"),
            models.Index(
                fields=["brand", "approved_at"],
                name="commission_unsettled",
                condition=Q(approved_at__isnull=False) & (Q(statement__isnull=True) | ~Q(settled_minor=F("amount_minor") - F("reversed_minor"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor - self.reversed_minor} at level {self.level}"

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.reversed_minor


class Reversal(models.Model):
    """What one refund took back from one commission. Rounding under the guard may give a level 2 a unit back: then it is negative."""

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="reversals", db_index=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="reversals")
    amount_minor = models.BigIntegerField()
    refunded_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commission", "refund"], name="reversal_once_per_commission_and_refund"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="reversal_is_not_zero"),
        ]

    def __str__(self) -> str:
        return f"−{self.amount_minor}"
