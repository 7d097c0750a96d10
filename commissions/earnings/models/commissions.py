from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.earnings.models.credits import FormerAnswer, OrderCredit
from commissions.earnings.models.triggers import OF_ANSWERS, OF_COMMISSIONS, OF_MISSED_BONUSES
from commissions.orders.models import Delivery, OrderLine, OrderVersion, Refund
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan, Rule
from commissions.settlement.models.statements import Statement
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField, UnconstrainedForeignKey
from foundation.postgres.triggers import append_only, kept
from foundation.texts.amounts import shown
from foundation.texts.names import named_by


class Decision(models.Model):
    """What the rules of a plan looked at, and why each won or lost. One row stands for all lines of a brand that look
    alike."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    digest = models.CharField(max_length=32, help_text=_("of what was looked at"))
    seen = models.JSONField()
    verdicts = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["brand", "digest"], name="decision_once")]
        triggers = [kept("decisions_are_kept")]

    def __str__(self) -> str:
        """By what was looked at: many lines share one decision."""
        seen = self.seen
        return _("decision of plan %(plan)s on %(sku)s") % {"plan": seen.get("plan"), "sku": seen.get("sku")}


class FoundTerms(models.Model):
    """The terms that were found for an order line."""

    decision = UnconstrainedForeignKey(Decision, null=True, help_text=_("empty: no plan was in force"))
    plan = UnconstrainedForeignKey(Plan, null=True, help_text=_("empty: no plan was in force"))
    rule = UnconstrainedForeignKey(Rule, null=True, help_text=_("empty: no rule held"))
    protected_from = UnconstrainedForeignKey(
        Plan, null=True, help_text=_("the plan in force, whose lower rate does not reach the share yet")
    )
    compared = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text=_("decisions of the other plans that were looked at: those before, as far as they protect the share"),
    )
    rate_bps = models.PositiveIntegerField(null=True)
    fixed_minor = models.PositiveBigIntegerField(null=True)
    override_bps = models.PositiveIntegerField()
    cap_minor = models.PositiveBigIntegerField(null=True)
    total_cap_bps = models.PositiveIntegerField()

    class Meta:
        abstract = True


class LineTerms(FoundTerms):
    """The terms that were found for one credited order line, frozen. Every later amount of the line is computed from
    them."""

    line = ProtectedOneToOneField(OrderLine, related_name="answer", primary_key=True, db_constraint=False)

    class Meta:
        triggers = OF_ANSWERS

    @named_by("line__order")
    def __str__(self) -> str:
        return _("terms of %(line)s") % {"line": self.line}


class FormerTerms(FoundTerms):
    """The terms of a line by a former answer of its order."""

    former = ProtectedForeignKey(FormerAnswer, related_name="terms", db_index=False)
    line = ProtectedForeignKey(OrderLine, related_name="former_terms")

    class Meta:
        verbose_name_plural = _("former terms")
        constraints = [UniqueConstraint(fields=["former", "line"], name="former_terms_once")]
        triggers = [append_only("former_terms_are_added")]

    @named_by("line__order")
    def __str__(self) -> str:
        return _("former terms of %(line)s") % {"line": self.line}


class Commission(PublicModel, prefix="com"):
    """A KOC's right to money for one order line: level 1 is the sharer, level 2 the sharer's sponsor. `net` is amount −
    reversed.

    `credit` says whose part of the sale it is for; a `campaign` pays on top, at level 1.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        SETTLED = "settled", _("settled")
        PAID = "paid", _("paid")
        HELD = "held", _("held")
        REVERSED = "reversed", _("reversed")

    brand = UnconstrainedForeignKey(Brand)
    line = UnconstrainedForeignKey(OrderLine, related_name="commissions")
    koc = UnconstrainedForeignKey(Koc)
    credit = UnconstrainedForeignKey(OrderCredit)
    campaign = UnconstrainedForeignKey(Campaign, null=True)
    level = models.PositiveSmallIntegerField()
    amount_minor = models.PositiveBigIntegerField(help_text=_("as first computed"))
    reversed_minor = models.BigIntegerField(
        default=0, help_text=_("what was taken back of it; negative when an amendment gave more")
    )
    settled_minor = models.BigIntegerField(default=0, help_text=_("the sum of its lines on statements"))
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, help_text=_("the instant when the hold ended"))
    void_from = models.DateTimeField(
        null=True, help_text=_("reversed by a review: worth nothing from then on, whatever the order does")
    )
    statement = UnconstrainedForeignKey(Statement, null=True, help_text=_("the first statement that it is on"))
    version = UnconstrainedForeignKey(
        OrderVersion, null=True, help_text=_("how the order stood when a change made it, if it was amended by then")
    )
    left_minor = models.PositiveBigIntegerField(
        null=True,
        help_text=_(
            "what was left of the line's base when a refund or an amendment made it; empty: it was made when "
            "the order was answered"
        ),
    )

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["line", "level", "credit", "campaign"],
                nulls_distinct=False,
                name="commission_once_per_line_level_and_credit",
            ),
            CheckConstraint(condition=Q(campaign=None) | Q(level=1), name="commission_of_a_campaign_is_level_1"),
            CheckConstraint(condition=Q(level__in=[1, 2]), name="commission_level_is_1_or_2"),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="commission_is_positive"),
            CheckConstraint(
                condition=Q(reversed_minor__lte=F("amount_minor")), name="commission_reversed_at_most_whole"
            ),
            CheckConstraint(
                condition=Q(version=None) | Q(left_minor__isnull=False), name="commission_of_a_change_says_of_what"
            ),
        ]
        indexes = [
            Index(fields=["koc", "-made_at", "-id"], name="commission_by_koc"),
            BrinIndex(fields=["made_at"], autosummarize=True, name="commission_by_time"),
            Index(
                fields=["brand", "approved_at"],
                name="commission_unsettled",
                condition=Q(approved_at__isnull=False)
                & (Q(statement=None) | ~Q(settled_minor=F("amount_minor") - F("reversed_minor"))),
            ),
        ]
        triggers = OF_COMMISSIONS

    @named_by("line__order", "koc", "brand", "campaign")
    def __str__(self) -> str:
        """What it is worth now, for whom, by what."""
        by = _("level %(level)s") % {"level": self.level} if self.campaign is None else self.campaign
        return _("%(line)s · %(net)s for %(koc)s, %(by)s") % {
            "line": self.line,
            "net": shown(self.net_minor, self.brand.currency),
            "koc": self.koc.called,
            "by": by,
        }

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.reversed_minor


class BonusTerms(models.Model):
    """What a campaign agreed for one commission, frozen: a fixed part of the line's base, or the KOC's own base on the
    steps from where it then stood."""

    commission = ProtectedOneToOneField(Commission, related_name="bonus", primary_key=True)
    base_minor = models.PositiveBigIntegerField(help_text=_("of the line, when it was made"))
    fixed_minor = models.PositiveBigIntegerField(null=True, help_text=_("for the whole base"))
    own_base_minor = models.PositiveBigIntegerField(null=True, help_text=_("the KOC's part of the base"))
    from_minor = models.PositiveBigIntegerField(
        null=True, help_text=_("the KOC's approved base of the month before this line")
    )
    room_minor = models.PositiveBigIntegerField(
        null=True, help_text=_("what the line's total cap left for it when it was made; empty: not kept then")
    )
    granted_minor = models.PositiveBigIntegerField(help_text=_("at most so much: what the budget had left"))

    class Meta:
        verbose_name_plural = _("bonus terms")
        constraints = [
            CheckConstraint(condition=Q(fixed_minor=None) ^ Q(from_minor=None), name="bonus_is_fixed_or_on_steps"),
            CheckConstraint(
                condition=Q(from_minor=None) | Q(own_base_minor__isnull=False), name="bonus_on_steps_has_a_base"
            ),
        ]
        triggers = [kept("bonus_terms_are_kept")]

    @named_by("commission__line__order", "commission__koc", "commission__brand", "commission__campaign")
    def __str__(self) -> str:
        return _("terms of %(commission)s") % {"commission": self.commission}


class MissedBonus(models.Model):
    """A bonus that came to nothing, since the line's total cap or the campaign's budget had no room left. It is not made up
    for later."""

    class Because(models.TextChoices):
        GUARD = "guard", _("the total cap")
        BUDGET = "budget", _("the budget")

    line = ProtectedForeignKey(OrderLine, db_index=False)
    credit = ProtectedForeignKey(OrderCredit, db_index=False)
    campaign = ProtectedForeignKey(Campaign)
    amount_minor = models.PositiveBigIntegerField(help_text=_("what it would have been"))
    because = models.CharField(max_length=6, choices=Because.choices)

    class Meta:
        verbose_name_plural = _("missed bonuses")
        constraints = [
            UniqueConstraint(fields=["line", "credit", "campaign"], name="missed_bonus_once"),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="missed_bonus_was_something"),
        ]
        triggers = OF_MISSED_BONUSES

    @named_by("line__order", "credit__koc", "campaign__brand")
    def __str__(self) -> str:
        return _("%(line)s · %(amount)s that %(koc)s missed, %(campaign)s") % {
            "line": self.line,
            "amount": shown(self.amount_minor, self.campaign.brand.currency),
            "koc": self.credit.koc.called,
            "campaign": self.campaign,
        }


class RiskReview(models.Model):
    """A reason why a commission is held, until somebody decides: released, it goes back to where it was when no other
    reason holds it; reversed, it is worth nothing."""

    commission = ProtectedForeignKey(Commission, related_name="reviews", db_index=False)

    class Reason(models.TextChoices):
        SELF_PURCHASE = "self_purchase", _("own purchase")
        DUPLICATE = "duplicate", _("sold twice")
        FRAUD = "fraud", _("fraud")
        TERMS = "terms", _("against the terms")
        TRACKING = "tracking", _("credited by mistake")
        RISK_RULE = "risk_rule", _("a risk rule")
        DOUBT = "doubt", _("a refund or cancellation in doubt")
        TOLD_AGAIN = "told_again", _("the order was told again, and is credited anew")
        OTHER = "other", _("other")

    reason = models.CharField(max_length=16, choices=Reason.choices)
    note = models.CharField(max_length=500, blank=True)
    opened_by = ProtectedForeignKey(User, null=True, help_text=_("empty: a rule"))
    opened_at = models.DateTimeField()

    class Outcome(models.TextChoices):
        OPEN = "", _("open")
        RELEASED = "released", _("released")
        REVERSED = "reversed", _("reversed")

    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    closed_by = ProtectedForeignKey(User, null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["commission"], condition=Q(outcome="") & ~Q(reason="doubt"), name="risk_review_one_open"
            ),
            UniqueConstraint(
                fields=["commission"], condition=Q(outcome="", reason="doubt"), name="risk_review_one_doubt_open"
            ),
            CheckConstraint(
                condition=Q(outcome="", closed_at=None) | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="risk_review_is_whole",
            ),
        ]
        indexes = [Index(fields=["commission", "opened_at"], name="risk_review_by_commission")]
        triggers = [kept("reviews_are_kept")]

    @named_by("commission__line__order", "commission__koc", "commission__brand", "commission__campaign")
    def __str__(self) -> str:
        return _("review of %(commission)s") % {"commission": self.commission}


class ApprovalWithdrawal(models.Model):
    """What was approved, and is on no statement, is pending again: a later delivery began the hold anew; or of nothing, a
    change within the hold that was told later left nothing. It is the cause of the movement back, and of the one when the
    commission is approved anew."""

    commission = ProtectedForeignKey(Commission, related_name="withdrawals", db_index=False)
    delivery = ProtectedForeignKey(Delivery, related_name="withdrawals")
    amount_minor = models.PositiveBigIntegerField(help_text=_("what it was worth then"))
    withdrawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["commission", "delivery"],
                condition=Q(amount_minor__gt=0),
                name="approval_withdrawn_once_per_delivery",
            )
        ]
        indexes = [Index(fields=["commission"], name="withdrawal_by_commission")]
        triggers = [kept("withdrawals_are_kept")]

    @named_by("commission__line__order", "commission__koc", "commission__brand", "commission__campaign")
    def __str__(self) -> str:
        return _("%(commission)s, held anew") % {"commission": self.commission}


class Reversal(models.Model):
    """What one refund, amendment or review took from one commission; negative when it gave."""

    commission = ProtectedForeignKey(Commission, related_name="reversals", db_index=False)
    refund = ProtectedForeignKey(Refund, related_name="reversals", null=True)
    version = ProtectedForeignKey(OrderVersion, related_name="reversals", null=True)
    review = ProtectedForeignKey(RiskReview, related_name="reversals", null=True)
    amount_minor = models.BigIntegerField()
    happened_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["commission", "refund", "version", "review"],
                nulls_distinct=False,
                name="reversal_once_per_commission_and_cause",
            ),
            CheckConstraint(
                condition=Q(refund__isnull=False, version=None, review=None)
                | Q(refund=None, version__isnull=False, review=None)
                | Q(refund=None, version=None, review__isnull=False),
                name="reversal_has_one_cause",
            ),
            CheckConstraint(condition=~Q(amount_minor=0), name="reversal_is_not_zero"),
        ]
        triggers = [kept("reversals_are_kept")]

    @named_by("commission__line__order", "commission__koc", "commission__brand")
    def __str__(self) -> str:
        """What it gave; what it took is below 0."""
        of = self.commission
        return _("%(line)s · %(amount)s for %(koc)s") % {
            "line": of.line,
            "amount": shown(-self.amount_minor, of.brand.currency),
            "koc": of.koc.called,
        }
