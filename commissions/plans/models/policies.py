import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import refused
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by


class PayPolicy(models.Model):
    """How a brand pays. The row is also the lock of the brand's book: who moves its money holds it."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)
    hold_days = models.PositiveIntegerField(default=7)

    class HoldRule(models.TextChoices):
        DAY_AFTER = "day_after", _("days counted from the day after delivery")
        ROLLING = "rolling", _("24-hour days from the delivery")

    hold_rule = models.CharField(max_length=9, choices=HoldRule.choices, default=HoldRule.DAY_AFTER)
    paid_levels = models.PositiveSmallIntegerField(default=1)
    level2_acknowledged_by = models.CharField(max_length=120, blank=True)
    level2_acknowledged_at = models.DateTimeField(null=True, blank=True)
    total_cap_bps = models.PositiveIntegerField(default=3000)
    min_payout_minor = models.PositiveBigIntegerField(default=1000)
    rate_protection_days = models.PositiveIntegerField(
        default=30, help_text=_("a lower rate reaches older shares only after so many days")
    )
    withdrawals = models.BooleanField(default=False, help_text=_("KOCs may ask for their money beside the monthly run"))

    doubt_limit_minor = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text=_(
            "a doubt about more, or about an amount that is not known, is dismissed by two people; empty: by one"
        ),
    )

    class Tax(models.TextChoices):
        NONE = "none", _("none")
        LABOUR_SERVICE = "cn_labour_service", _("labour service")
        PLATFORM_CUMULATIVE = "cn_platform_cumulative", _("platform, cumulative")

    tax = models.CharField(max_length=24, choices=Tax.choices, default=Tax.LABOUR_SERVICE)

    class Meta:
        verbose_name_plural = _("pay policies")
        constraints = [
            CheckConstraint(condition=Q(paid_levels__in=[1, 2]), name="pay_policy_pays_one_or_two_levels"),
            CheckConstraint(
                condition=Q(paid_levels=1) | (~Q(level2_acknowledged_by="") & Q(level2_acknowledged_at__isnull=False)),
                name="pay_policy_level_2_is_acknowledged",
            ),
            CheckConstraint(condition=Q(total_cap_bps__lte=10_000), name="pay_policy_cap_is_at_most_all"),
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return _("pay policy of %(brand)s") % {"brand": self.brand}


class Acknowledgement(models.Model):
    """Somebody read what a second paid level means, and said so. Rows are only added: who answered for it at a time
    stays known."""

    brand = ProtectedForeignKey(Brand)
    acknowledged_by = models.CharField(max_length=120)
    acknowledged_at = models.DateTimeField()
    version = models.CharField(
        max_length=20, blank=True, help_text=_("of the text; empty: what was read was not recorded then")
    )
    text = models.TextField(blank=True, help_text=_("what was read, as it stood"))

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(acknowledged_by=""), name="acknowledgement_has_a_name"),
            CheckConstraint(
                condition=Q(version="", text="") | (~Q(version="") & ~Q(text="")),
                name="acknowledgement_text_has_a_version",
            ),
        ]
        triggers = [
            refused(
                "acknowledgements_are_append_only",
                pgtrigger.Update | pgtrigger.Delete,
                "acknowledgements are append-only: % refused",
                "TG_OP",
            )
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return f"{self.acknowledged_by}, {full_moment(self.acknowledged_at, self.brand.timezone)}"
