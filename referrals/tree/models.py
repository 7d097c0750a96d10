import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import checked
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by

MISPLACED = "a KOC stands one below its sponsor, under the same root and in the same brand"
NOT_UNDER_ITS_SPONSOR = """EXISTS (
    SELECT FROM placed
    LEFT JOIN referrals_sponsorship above ON above.koc_id = placed.sponsor_id
    WHERE placed.sponsor_id IS NOT NULL
        AND (above.brand_id, above.root_id, above.depth + 1) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth)
)"""
NOT_ABOVE_ITS_RECRUITS = """EXISTS (
    SELECT FROM placed JOIN referrals_sponsorship below ON below.sponsor_id = placed.koc_id
    WHERE (below.brand_id, below.root_id, below.depth) IS DISTINCT FROM (placed.brand_id, placed.root_id, placed.depth + 1)
)"""


class CreditPolicy(models.Model):
    """How a brand credits a sale to a KOC."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)

    class Attribution(models.TextChoices):
        LAST_CLICK = "last_click", _("last click")
        FIRST_CLICK = "first_click", _("first click")
        LINEAR = "linear", _("every touch alike")
        POSITION = "position", _("first and last most")
        TIME_DECAY = "time_decay", _("the later the more")

    attribution = models.CharField(max_length=12, choices=Attribution.choices, default=Attribution.LAST_CLICK)
    window_days = models.PositiveIntegerField(default=30)

    class BindingMode(models.TextChoices):
        NONE = "none", _("none")
        FIRST = "first", _("the first KOC, for days")
        PERMANENT = "permanent", _("the first KOC, for ever")

    binding_mode = models.CharField(max_length=9, choices=BindingMode.choices, default=BindingMode.NONE)
    binding_days = models.PositiveIntegerField(null=True, blank=True, help_text=_("how long the first one binds"))

    class BindingBy(models.TextChoices):
        EITHER = "either", _("click or order")
        CLICK = "click", _("click")
        ORDER = "order", _("order")

    binding_by = models.CharField(max_length=6, choices=BindingBy.choices, default=BindingBy.EITHER)
    binding_protect_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("after so many days another KOC may take the customer over; empty: never"),
    )
    binding_release_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("free again after so many days without an order")
    )

    class SelfPurchase(models.TextChoices):
        REFUSE = "refuse", _("earns nothing")
        ALLOW = "allow", _("earns")

    self_purchase = models.CharField(max_length=6, choices=SelfPurchase.choices, default=SelfPurchase.REFUSE)

    class UnreadablePhone(models.TextChoices):
        PAY = "pay", _("earns")
        HOLD = "hold", _("is held for review")

    unreadable_phone = models.CharField(
        max_length=4,
        choices=UnreadablePhone.choices,
        default=UnreadablePhone.PAY,
        db_default=UnreadablePhone.PAY,
        help_text=_("an order whose buyer's phone cannot be read, so that nobody knows whether it is an own purchase"),
    )

    class Meta:
        verbose_name_plural = _("credit policies")
        constraints = [
            CheckConstraint(condition=Q(window_days__gt=0), name="credit_policy_window_is_positive"),
            CheckConstraint(
                condition=Q(binding_mode="first", binding_days__gt=0)
                | (~Q(binding_mode="first") & Q(binding_days=None)),
                name="credit_policy_first_binds_for_days",
            ),
            CheckConstraint(
                condition=Q(binding_release_days=None) | Q(binding_release_days__gt=0),
                name="credit_policy_release_is_positive",
            ),
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return _("credit policy of %(brand)s") % {"brand": self.brand}


class InvitationPolicy(models.Model):
    """How many people an invite code brings, and how long it is good for. Empty: no limit. A brand without a row has
    none."""

    brand = ProtectedOneToOneField(Brand, primary_key=True)
    most_people = models.PositiveIntegerField(null=True, blank=True, help_text=_("who may join by one KOC's code"))
    in_days = models.PositiveIntegerField(null=True, blank=True, help_text=_("… within so many days; empty: ever"))
    valid_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("a code is good for so many days; then the KOC draws a new one")
    )

    class Meta:
        verbose_name_plural = _("invitation policies")
        constraints = [
            CheckConstraint(
                condition=Q(most_people__isnull=False) | Q(in_days=None), name="invitation_days_belong_to_a_limit"
            ),
            CheckConstraint(condition=Q(in_days=None) | Q(in_days__gt=0), name="invitation_days_are_positive"),
            CheckConstraint(condition=Q(valid_days=None) | Q(valid_days__gt=0), name="invitation_validity_is_positive"),
        ]

    @named_by("brand")
    def __str__(self) -> str:
        return _("invitation policy of %(brand)s") % {"brand": self.brand}


class Sponsorship(models.Model):
    """Where a KOC stands in the referral forest. The sponsor is the truth; root and depth are derived from it, and a
    trigger refuses others.

    So depth grows along every edge, and no cycle can be stored.
    """

    koc = ProtectedOneToOneField(Koc, primary_key=True)
    brand = ProtectedForeignKey(Brand)
    sponsor = ProtectedForeignKey(Koc, null=True, blank=True)
    root = ProtectedForeignKey(Koc)
    depth = models.PositiveIntegerField(default=0)
    code_drawn_at = models.DateTimeField(
        null=True, blank=True, help_text=_("when the KOC drew the invite code; empty: it is the first one")
    )

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(koc=F("sponsor")), name="sponsorship_not_of_oneself"),
            CheckConstraint(
                condition=Q(sponsor=None, depth=0, root=F("koc")) | Q(sponsor__isnull=False, depth__gt=0),
                name="sponsorship_root_has_depth_0",
            ),
        ]
        indexes = [
            Index(fields=["root", "depth"], name="sponsorship_by_level"),
            Index(fields=["brand"], name="sponsorship_by_brand"),
        ]
        triggers = [
            checked("newcomers_stand_under_sponsors", NOT_UNDER_ITS_SPONSOR, MISPLACED, rows="placed"),
            checked(
                "moved_kocs_stand_under_sponsors",
                f"{NOT_UNDER_ITS_SPONSOR} OR {NOT_ABOVE_ITS_RECRUITS}",
                MISPLACED,
                operation=pgtrigger.Update,
                rows="placed",
            ),
        ]

    @named_by("koc", "sponsor")
    def __str__(self) -> str:
        return f"{self.koc} ← {self.sponsor or '—'}"


class SponsorChange(models.Model):
    """A KOC had another sponsor until then; why they were moved, and by whom (a file is nobody).

    What held at a moment is the sponsor before the first later change.
    """

    koc = ProtectedForeignKey(Koc)
    sponsor_before = ProtectedForeignKey(Koc, null=True)
    changed_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    changed_by = ProtectedForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True)

    class Meta:
        indexes = [Index(fields=["koc", "changed_at"], name="sponsor_change_by_koc")]

    @named_by("koc__brand", "sponsor_before")
    def __str__(self) -> str:
        return _("%(koc)s, under %(sponsor)s until %(at)s") % {
            "koc": self.koc,
            "sponsor": self.sponsor_before or "—",
            "at": full_moment(self.changed_at, self.koc.brand.timezone),
        }
