from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Deferrable, F, Func, Index, Q, UniqueConstraint, Value
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from commissions.plans.models.triggers import OF_PLANS, OF_RULES
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.names import named_by


class Plan(models.Model):
    """What sales earn while the plan is in force: half-open [starts_at, ends_at). A change is another version with a
    start of its own."""

    brand = ProtectedForeignKey(Brand)
    key = models.SlugField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key", "version"], name="plan_version_once_per_brand"),
            CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="plan_ends_after_it_starts"
            ),
            ExclusionConstraint(  # the brand as a range of one, since GiST compares numbers only with an extension
                name="plans_of_a_brand_do_not_overlap",
                expressions=[
                    (Func("brand_id", "brand_id", Value("[]"), function="int8range"), "&&"),
                    (Func("starts_at", "ends_at", function="tstzrange"), "&&"),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
        ]
        indexes = [Index(fields=["brand", "starts_at"], name="plan_by_start")]
        triggers = OF_PLANS

    def __str__(self) -> str:
        return self.key if self.version == 1 else f"{self.key} v{self.version}"


class Rule(models.Model):
    """One line of a plan. An empty condition always holds; of the rules that hold, the highest priority wins."""

    class CustomerKind(models.TextChoices):
        ANY = "", _("any")
        NEW = "new", _("new")
        RETURNING = "returning", _("returning")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    priority = models.IntegerField(default=0)
    skus = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    tiers = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    channels = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    customer = models.CharField(max_length=9, choices=CustomerKind.choices, default=CustomerKind.ANY, blank=True)
    rate_bps = models.PositiveIntegerField(null=True, blank=True)
    fixed_minor = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("per piece"))
    override_bps = models.PositiveIntegerField(default=0, help_text=_("level 2"))
    cap_minor = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("of one line at one level"))

    class Meta:
        ordering = ["plan", "position"]
        constraints = [
            UniqueConstraint(fields=["plan", "position"], name="rule_position_once_per_plan"),
            CheckConstraint(
                condition=Q(rate_bps=None) ^ Q(fixed_minor=None), name="rule_pays_a_rate_or_a_fixed_amount"
            ),
            CheckConstraint(condition=Q(rate_bps=None) | Q(rate_bps__lte=10_000), name="rule_rate_is_at_most_all"),
            CheckConstraint(condition=Q(override_bps__lte=10_000), name="rule_override_is_at_most_all"),
        ]
        triggers = OF_RULES

    @named_by("plan")
    def __str__(self) -> str:
        return _("plan %(plan)s, rule %(number)s") % {"plan": self.plan, "number": self.number}

    def get_inline_title(self) -> str:
        """Above its fields on the page of the plan; people count from 1."""
        number = "" if self.position is None else self.number  # a form may have left it empty
        return (_("rule %(number)s") % {"number": number}).rstrip()

    @property
    def number(self) -> int:
        """By which people call it, on every page: its place, from 1."""
        return self.position + 1
