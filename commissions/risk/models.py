"""What looked like fraud, beside the threshold that it reached, until staff decide."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc, User
from commissions.earnings.models.commissions import RiskReview
from commissions.orders.models import Order
from commissions.risk.domain import fraud
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by
from referrals.shares.models import Share


class SignalKind(models.TextChoices):
    SELF_PURCHASE = fraud.SELF_PURCHASE, _("self-purchase by another account")
    DEVICE = fraud.DEVICE, _("many accounts on one device")
    PAYEE = fraud.PAYEE, _("many accounts of one payee")
    CLICK_TO_ORDER = fraud.CLICK_TO_ORDER, _("ordered too soon after the click")
    REFUND_RATE = fraud.REFUND_RATE, _("refund rate")
    CLICK_FLOOD = fraud.CLICK_FLOOD, _("click flood")
    RING = fraud.RING, _("ring of purchases")
    KNOWN_LATER = fraud.KNOWN_LATER, _("new customers who were not new")


class SignalPolicy(models.Model):
    """What a brand looks for, from which number on, and whether that holds commissions. Nothing but staff changes
    it."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    kind = models.CharField(max_length=14, choices=SignalKind.choices)
    is_on = models.BooleanField(default=True, verbose_name=_("on"))
    holds = models.BooleanField(
        default=False,
        verbose_name=_("holds"),
        help_text=_("commissions that a signal names wait until staff decide"),
    )
    threshold = models.PositiveIntegerField(
        verbose_name=_("threshold"), help_text=_("a signal is found when the measured number reaches it")
    )
    beside = models.PositiveIntegerField(default=0, verbose_name=_("second number"))
    days = models.PositiveIntegerField(
        verbose_name=_("days"), help_text=_("how far back it looks; for payees: 0, ever")
    )

    class Meta:
        verbose_name_plural = _("signal policies")
        constraints = [
            UniqueConstraint(fields=["brand", "kind"], name="signal_policy_once_per_kind"),
            CheckConstraint(condition=Q(threshold__gt=0), name="signal_policy_threshold_is_positive"),
            CheckConstraint(condition=Q(days__gt=0) | Q(kind=fraud.PAYEE), name="signal_policy_looks_back"),
            CheckConstraint(condition=Q(days__lte=366), name="signal_policy_looks_back_a_year_at_most"),
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return _("%(kind)s at %(brand)s") % {"kind": self.get_kind_display(), "brand": self.brand}


class SignalSearch(models.Model):
    """When a brand was last searched."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)
    searched_at = models.DateTimeField()

    @named_by("brand")
    def __str__(self) -> str:
        return f"{self.brand}, {full_moment(self.searched_at, self.brand.timezone)}"


class Signal(models.Model):
    """Something of a KOC looked like fraud: the number beside its threshold of then. Open until staff confirm or
    dismiss it, once."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")

    brand = ProtectedForeignKey(Brand, db_index=False)
    kind = models.CharField(max_length=14, choices=SignalKind.choices)
    koc = ProtectedForeignKey(Koc)
    measured = models.PositiveBigIntegerField()
    threshold = models.PositiveIntegerField(help_text=_("of then"))
    evidence = models.JSONField(default=dict, help_text=_("counts; the rows stand in the facts"))
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = ProtectedForeignKey(User, null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text=_("why it was confirmed or dismissed"))

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

    @named_by("koc")
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.koc}"


class SignalFact(models.Model):
    """One row that a signal rests on: an order, a customer, another KOC, or an hour of a share. It is evidence once per
    KOC and kind."""

    signal = ProtectedForeignKey(Signal, related_name="facts")
    kind = models.CharField(max_length=14, choices=SignalKind.choices, help_text=_("of the signal"))
    koc = ProtectedForeignKey(Koc, db_index=False, help_text=_("of the signal"))
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

    @named_by("signal__koc")
    def __str__(self) -> str:
        return _("evidence of %(signal)s") % {"signal": self.signal}


class SignalHold(models.Model):
    """A commission waits because of a signal: the review that a rule opened. Several signals may hold one."""

    signal = ProtectedForeignKey(Signal, related_name="holds", db_index=False)
    review = ProtectedForeignKey(RiskReview, related_name="signals")

    class Meta:
        constraints = [UniqueConstraint(fields=["signal", "review"], name="signal_hold_once")]

    @named_by(
        "signal__koc",
        "review__commission__line__order",
        "review__commission__koc",
        "review__commission__brand",
        "review__commission__campaign",
    )
    def __str__(self) -> str:
        return _("%(commission)s, held by %(signal)s") % {
            "commission": self.review.commission,
            "signal": self.signal,
        }
