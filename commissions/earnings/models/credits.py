from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.people.models import Koc
from commissions.earnings.models.triggers import OF_CREDITS, OF_NAMED_KOCS
from commissions.orders.models import Order
from foundation.postgres.fields import ProtectedForeignKey, UnconstrainedForeignKey
from foundation.postgres.triggers import MetaForTriggers, append_only, named_stays
from foundation.texts.amounts import percent
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by
from referrals.shares.models import Share


class FormerAnswer(models.Model):
    """How an order was answered until more of it was told, and it was credited anew. What it earned by then was taken back
    (`RiskReview.Reason.TOLD_AGAIN`); its credits and terms are kept with this."""

    order = ProtectedForeignKey(Order, related_name="former_answers")
    ended_at = models.DateTimeField()
    credit = models.CharField(max_length=13, choices=Order.Credit.choices)
    customer_is_new = models.BooleanField(null=True)
    credit_seen = models.JSONField(null=True)

    class Meta:
        triggers = [append_only("former_answers_are_added")]

    @named_by("order__brand")
    def __str__(self) -> str:
        return _("order %(order)s, credited until %(at)s") % {
            "order": self.order,
            "at": full_moment(self.ended_at, self.order.brand.timezone),
        }


class OrderCredit(models.Model):
    """A KOC's part of the credit for an order, and what held for them at `paid_at`. The parts of an order sum to 10,000
    bps, the earliest touch first. Where the order was credited anew, this is of its former answer."""

    class NoLevel2(models.TextChoices):
        ONE_LEVEL = "one_level", _("the brand paid one level")
        NO_SPONSOR = "no_sponsor", _("had no sponsor")
        NOT_ACTIVE = "not_active", _("the sponsor was not active")

    order = UnconstrainedForeignKey(Order, null=True, related_name="credits", help_text=_("empty: of a former answer"))
    former = ProtectedForeignKey(FormerAnswer, null=True, related_name="credits", db_index=False)
    place = models.PositiveSmallIntegerField()
    koc = ProtectedForeignKey(Koc, db_constraint=False)
    sponsor = UnconstrainedForeignKey(Koc, null=True, help_text=_("who is paid level 2, if anybody"))
    no_level_2 = models.CharField(
        max_length=10,
        choices=NoLevel2.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_("why nobody is paid level 2"),
    )
    share = UnconstrainedForeignKey(Share, null=True)
    credit_bps = models.PositiveIntegerField(default=10_000)
    tier = models.CharField(max_length=50)
    multiplier_bps = models.PositiveIntegerField()
    channel = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["order", "koc"], name="order_credit_once_per_koc"),
            CheckConstraint(condition=Q(credit_bps__gt=0, credit_bps__lte=10_000), name="order_credit_is_a_part"),
            CheckConstraint(condition=Q(order=None) ^ Q(former=None), name="order_credit_is_of_one_answer"),
        ]
        indexes = [Index(fields=["former"], name="order_credit_former", condition=Q(former__isnull=False))]
        triggers = OF_CREDITS

    @named_by("order", "former__order", "koc")
    def __str__(self) -> str:
        return _("%(part)s of order %(order)s for %(koc)s") % {
            "part": percent(self.credit_bps),
            "order": self.order or (self.former and self.former.order),
            "koc": self.koc.called,
        }


class NamedKoc(Koc):
    """KOCs as credit and commissions see them. Those name them without a constraint, so a law keeps who is named."""

    class Meta(MetaForTriggers):
        triggers = OF_NAMED_KOCS


class CreditedShare(Share):
    """Shares as credit sees them."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("credited_shares_stay", "commissions_ordercredit", "share_id")]
