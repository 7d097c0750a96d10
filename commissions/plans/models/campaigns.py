from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.plans.models.triggers import OF_CAMPAIGNS
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import NameField
from foundation.texts.names import named_by


class Campaign(models.Model):
    """A bonus on top of the plan, for orders paid in [starts_at, ends_at) (on steps: approved in it), while its budget
    lasts.

    `reserved_minor` is what its commissions are worth now: reserved when one is made, released when it is taken back.
    """

    class Kind(models.TextChoices):
        NEW_CUSTOMER = "new_customer", _("first order of a new customer")
        STEPS = "steps", _("monthly steps of one's own base")
        BOUNTY = "bounty", _("bounty a piece of a product")

    brand = ProtectedForeignKey(Brand)
    key = models.SlugField(max_length=64)
    name = NameField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    skus = ArrayField(models.CharField(max_length=64), default=list, blank=True, help_text=_("empty: every product"))
    fixed_minor = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("per order (new customer) or per piece (bounty)")
    )
    steps = models.JSONField(
        default=list,
        blank=True,
        help_text=_("[[from_minor, rate_bps], …]: the part of the month's base above each mark earns its rate"),
    )
    budget_minor = models.PositiveBigIntegerField()
    reserved_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="campaign_key_once_per_brand"),
            CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="campaign_ends_after_it_starts"
            ),
            CheckConstraint(
                condition=Q(reserved_minor__lte=F("budget_minor")), name="campaign_stays_within_its_budget"
            ),
            CheckConstraint(
                condition=Q(kind="steps") ^ Q(fixed_minor__isnull=False), name="campaign_pays_steps_or_a_fixed_amount"
            ),
        ]
        triggers = OF_CAMPAIGNS

    def __str__(self) -> str:
        return self.name or self.key


class MonthlyVolume(models.Model):
    """How far up the steps of a campaign a KOC came in a month: the approved base that was counted so far. It only
    grows; a refund does not lower the step."""

    campaign = ProtectedForeignKey(Campaign, db_index=False)
    koc = ProtectedForeignKey(Koc)
    period = models.CharField(max_length=7)
    base_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=["campaign", "koc", "period"], name="monthly_base_once")]

    @named_by("koc", "campaign")
    def __str__(self) -> str:
        return _("%(period)s of %(koc)s, %(campaign)s") % {
            "period": self.period,
            "koc": self.koc.called,
            "campaign": self.campaign,
        }
