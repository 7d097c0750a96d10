"""What looked like fraud, beside the threshold that it reached, until staff decide."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc, User
from commissions.earnings.models.commissions import RiskReview
from commissions.orders.models import Order
from commissions.risk.domain import fraud
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from referrals.shares.models import Share


class SignalKind(models.TextChoices):
    SELF_PURCHASE = fraud.SELF_PURCHASE, "self-purchase by another account 换号自购"
    DEVICE = fraud.DEVICE, "many accounts on one device 一机多号"
    PAYEE = fraud.PAYEE, "many accounts of one payee 多号同一收款人"
    CLICK_TO_ORDER = fraud.CLICK_TO_ORDER, "ordered too soon after the click 点击下单间隔异常"
    REFUND_RATE = fraud.REFUND_RATE, "refund rate 退款率"
    CLICK_FLOOD = fraud.CLICK_FLOOD, "click flood 刷点击"
    RING = fraud.RING, "ring of purchases 互买团伙"


class SignalPolicy(models.Model):
    """What a brand looks for, from which number on, and whether that holds commissions. Nothing but staff changes
    it."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    kind = models.CharField(max_length=14, choices=SignalKind.choices)
    is_on = models.BooleanField(default=True, verbose_name="on 启用")
    holds = models.BooleanField(
        default=False,
        verbose_name="holds 自动冻结",
        help_text="commissions that a signal names wait until staff decide",
    )
    threshold = models.PositiveIntegerField(
        verbose_name="threshold 阈值", help_text="a signal is found when the measured number reaches it"
    )
    beside = models.PositiveIntegerField(default=0, verbose_name="second number 第二阈值")
    days = models.PositiveIntegerField(verbose_name="days 天数", help_text="how far back it looks; for payees: 0, ever")

    class Meta:
        verbose_name_plural = "signal policies"
        constraints = [
            UniqueConstraint(fields=["brand", "kind"], name="signal_policy_once_per_kind"),
            CheckConstraint(condition=Q(threshold__gt=0), name="signal_policy_threshold_is_positive"),
            CheckConstraint(condition=Q(days__gt=0) | Q(kind=fraud.PAYEE), name="signal_policy_looks_back"),
            CheckConstraint(condition=Q(days__lte=366), name="signal_policy_looks_back_a_year_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.brand}"


class SignalSearch(models.Model):
    """When a brand was last searched."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)
    searched_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.brand} at {self.searched_at:%Y-%m-%d %H:%M}"


class Signal(models.Model):
    """Something of a KOC looked like fraud: the number beside its threshold of then. Open until staff confirm or
    dismiss it, once."""

    class State(models.TextChoices):
        OPEN = "open", "open 待处理"
        CONFIRMED = "confirmed", "confirmed 属实"
        DISMISSED = "dismissed", "dismissed 误报"

    brand = ProtectedForeignKey(Brand, db_index=False)
    kind = models.CharField(max_length=14, choices=SignalKind.choices)
    koc = ProtectedForeignKey(Koc)
    measured = models.PositiveBigIntegerField()
    threshold = models.PositiveIntegerField(help_text="of then")
    evidence = models.JSONField(default=dict, help_text="counts; the rows stand in the facts")
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = ProtectedForeignKey(User, null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text="why it was confirmed or dismissed")

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(measured__gte=F("threshold")), name="signal_reaches_its_threshold"),
            CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None, reason="")
                | (~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason="")),
                name="signal_says_who_decided_and_why",
            ),
        ]
        indexes = [Index(fields=["brand", "state", "-found_at"], name="signal_by_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.koc}"


class SignalFact(models.Model):
    """One row that a signal rests on: an order, a customer, another KOC, or an hour of a share. It is evidence once per
    KOC and kind."""

    signal = ProtectedForeignKey(Signal, related_name="facts")
    kind = models.CharField(max_length=14, choices=SignalKind.choices, help_text="of the signal")
    koc = ProtectedForeignKey(Koc, db_index=False, help_text="of the signal")
    order = ProtectedForeignKey(Order, null=True, db_index=False)
    customer = ProtectedForeignKey(Customer, null=True, db_index=False)
    other = ProtectedForeignKey(Koc, null=True, db_index=False)
    share = ProtectedForeignKey(Share, null=True, db_index=False)
    hour = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["koc", "kind", "order", "customer", "other", "share", "hour"],
                nulls_distinct=False,
                name="signal_fact_once",
            ),
            CheckConstraint(
                condition=Q(order__isnull=False, customer=None, other=None, share=None, hour=None)
                | Q(order=None, customer__isnull=False, other=None, share=None, hour=None)
                | Q(order=None, customer=None, other__isnull=False, share=None, hour=None)
                | Q(order=None, customer=None, other=None, share__isnull=False, hour__isnull=False),
                name="signal_fact_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"fact {self.pk}"


class SignalHold(models.Model):
    """A commission waits because of a signal: the review that a rule opened. Several signals may hold one."""

    signal = ProtectedForeignKey(Signal, related_name="holds", db_index=False)
    review = ProtectedForeignKey(RiskReview, related_name="signals")

    class Meta:
        constraints = [UniqueConstraint(fields=["signal", "review"], name="signal_hold_once")]

    def __str__(self) -> str:
        return f"hold {self.pk}"
