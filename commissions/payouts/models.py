"""Statements that finance pays together. One person makes a batch, another approves it; the bank's answer comes back
line by line."""

from django.db import models
from django.db.models import F, Q

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.payees.models.payees import Payee
from commissions.settlement.models.statements import Statement
from foundation.ids.models import PublicModel
from foundation.sealing import SEAL


class PayoutTemplate(models.Model):
    """A brand's own layout of a file for its bank. It takes the place of the one of the same key that comes with
    Grove."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=40)
    text = models.TextField(max_length=20_000, help_text="YAML: see docs/payouts.md")
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="payout_template_key_once_per_brand")]

    def __str__(self) -> str:
        return f"{self.key} of {self.brand}"


class PayoutBatch(PublicModel):
    """Statements that finance pays together: draft → approved, by another than its maker → exported → closed when every
    line has its result."""

    prefix = "bat"

    class Status(models.TextChoices):
        DRAFT = "draft", "draft 草稿"
        APPROVED = "approved", "approved 已复核"
        EXPORTED = "exported", "exported 已导出"
        CLOSED = "closed", "closed 已完结"
        CANCELLED = "cancelled", "cancelled 已取消"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … of the brand")
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=32, help_text="what payees read beside the payment")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    lines_count = models.PositiveIntegerField(help_text="without those that were taken out")
    total_minor = models.PositiveBigIntegerField(help_text="the sum of these lines")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    exported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    exported_at = models.DateTimeField(null=True)
    template_key = models.CharField(max_length=40, blank=True, help_text="the layout that it was first exported in")
    template_text = models.TextField(blank=True, help_text="the layout as it was then: the same file can be made again")
    closed_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "payout batches"
        constraints = [
            models.UniqueConstraint(fields=["brand", "number"], name="payout_batch_number_once_per_brand"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
                name="payout_batch_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=False, approved_at__isnull=False, lines_count__gt=0)
                | Q(approved_by__isnull=True, approved_at__isnull=True, status__in=["draft", "cancelled"]),
                name="payout_batch_says_who_approved_it",
            ),
            models.CheckConstraint(
                condition=~Q(status="draft") | Q(approved_by__isnull=True),
                name="payout_batch_that_is_a_draft_is_not_approved",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["exported", "closed"], exported_by__isnull=False, exported_at__isnull=False)
                & ~Q(template_key="")
                | Q(
                    status__in=["draft", "approved", "cancelled"],
                    exported_by__isnull=True,
                    exported_at__isnull=True,
                    template_key="",
                ),
                name="payout_batch_says_who_exported_it",
            ),
            models.CheckConstraint(
                condition=Q(status="closed") ^ Q(closed_at__isnull=True), name="payout_batch_says_when_it_was_closed"
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                | ~Q(status="cancelled") & Q(cancelled_by__isnull=True, cancelled_at__isnull=True),
                name="payout_batch_says_who_cancelled_it",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class PayoutLine(models.Model):
    """One statement in one batch. It waits for the bank's word; a line that failed or was taken out frees its statement
    for the next batch."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting 待打款"
        PAID = "paid", "paid 已打款"
        FAILED = "failed", "failed 打款失败"
        DROPPED = "dropped", "taken out 已移出"

    LIVE = (Status.WAITING, Status.PAID)  # these hold their statement

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(help_text="1, 2, 3 … in the batch")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="payout_lines")
    koc = models.ForeignKey(Koc, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=16, unique=True, help_text="goes to the bank and comes back")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    method = models.CharField(
        max_length=6, blank=True, choices=Payee.Method.choices, help_text="how it was exported to be paid"
    )
    account_last4 = models.CharField(max_length=4, blank=True)
    payee_sealed = models.TextField(
        blank=True, help_text="whom it was exported to: where the money went stays known when the payee changes it"
    )
    bank_reference = models.CharField(max_length=64, blank=True, help_text="the bank's own number of the payment")
    reason = models.CharField(max_length=200, blank=True, help_text="why it failed, as the bank says")
    paid_at = models.DateTimeField(null=True, help_text="when the bank paid, as it says")
    result_at = models.DateTimeField(null=True, help_text="when the result was loaded")
    result_file = models.CharField(max_length=200, blank=True, help_text="the file that first said so")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="payout_line_position_once_per_batch"),
            models.UniqueConstraint(
                fields=["statement"],
                condition=Q(status__in=["waiting", "paid"]),
                name="payout_line_live_once_per_statement",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_line_pays_something"),
            models.CheckConstraint(
                condition=Q(status__in=["paid", "failed"], result_at__isnull=False)
                | Q(
                    status__in=["waiting", "dropped"],
                    result_at__isnull=True,
                    paid_at__isnull=True,
                    bank_reference="",
                    reason="",
                    result_file="",
                ),
                name="payout_line_has_its_result_or_none",
            ),
            models.CheckConstraint(
                condition=Q(payee_sealed="") | Q(payee_sealed__regex=SEAL), name="payout_line_payee_is_sealed"
            ),
            models.CheckConstraint(
                condition=Q(status="paid") | Q(paid_at__isnull=True), name="payout_line_that_failed_was_not_paid"
            ),
        ]
        indexes = [models.Index(fields=["batch"], name="payout_line_waiting", condition=Q(status="waiting"))]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount_minor}"
