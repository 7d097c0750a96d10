import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.triggers import grants_stand, koc_is_of_the_brand
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import changed, kept, rows_checked
from foundation.texts.amounts import shown
from foundation.texts.names import named_by

GRANT_REWRITTEN = (
    changed("brand_id", "koc_id", "parent_id", "own_minor", "hand_on_minor", "own_part_id")
    + " OR NEW.allocated_minor < OLD.allocated_minor OR NEW.returned_minor < OLD.returned_minor"
)
ALLOCATION_TO_A_STRANGER = """NOT EXISTS (
    SELECT FROM commissions_subsidy giver JOIN accounts_koc koc ON koc.id = NEW.to_id AND koc.brand_id = giver.brand_id
    WHERE giver.id = NEW.subsidy_id AND giver.koc_id <> NEW.to_id
)"""
ALLOCATION_NOT_RECEIVED = """NEW.kind = 'money' AND NOT EXISTS (
    SELECT FROM commissions_adjustment
    WHERE id = NEW.adjustment_id AND kind = 'allocation' AND koc_id = NEW.to_id AND amount_minor = NEW.amount_minor
) OR NEW.kind = 'right' AND NOT EXISTS (
    SELECT FROM commissions_subsidy giver JOIN commissions_subsidy child ON child.parent_id = giver.id AND giver.may_pass_on
    WHERE giver.id = NEW.subsidy_id AND child.id = NEW.child_id AND child.koc_id = NEW.to_id AND child.hand_on_minor = NEW.amount_minor
)"""


class Subsidy(PublicModel, prefix="sub"):
    """Budget that a brand grants a KOC: a part for themself, and a part to hand on as they decide. One with a parent is
    a right that another KOC handed on.

    Of the part to hand on some is allocated, and what is left when it expires is returned to the brand; what is left
    lies in the KOC's subsidy wallet."""

    brand = ProtectedForeignKey(Brand, db_index=False)
    koc = ProtectedForeignKey(Koc, db_index=False)
    parent = ProtectedForeignKey("self", null=True, blank=True, help_text=_("empty: granted by the brand"))
    own_minor = models.PositiveBigIntegerField(
        default=0, help_text=_("for themself: on their next statement, taxed as income")
    )
    hand_on_minor = models.PositiveBigIntegerField(default=0, help_text=_("to hand on inside their own tree"))
    allocated_minor = models.PositiveBigIntegerField(default=0)
    returned_minor = models.PositiveBigIntegerField(default=0)
    may_pass_on = models.BooleanField(
        default=False, help_text=_("recipients may be given the right to hand on in their turn")
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text=_("what is not handed on by then returns to the brand; empty: never")
    )
    note = models.CharField(max_length=500, blank=True)
    key = models.CharField(
        max_length=64, null=True, blank=True, help_text=_("of the request that granted it: sent twice, it grants once")
    )
    own_part = ProtectedOneToOneField(Adjustment, null=True, help_text=_("what puts their own part on a statement"))
    granted_by = ProtectedForeignKey(User, null=True, help_text=_("empty: handed on by the KOC of the parent"))
    granted_at = models.DateTimeField()
    ended_by = ProtectedForeignKey(User, null=True, help_text=_("who took back what was left before it expired"))

    class Meta:
        verbose_name_plural = _("subsidies")
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="subsidy_once_per_key"),
            CheckConstraint(
                condition=Q(hand_on_minor__gte=F("allocated_minor") + F("returned_minor")),
                name="subsidy_is_never_overspent",
            ),
            CheckConstraint(condition=Q(own_minor__gt=0) | Q(hand_on_minor__gt=0), name="subsidy_grants_something"),
            CheckConstraint(
                condition=Q(own_minor=0) ^ Q(own_part__isnull=False), name="subsidy_own_part_is_an_adjustment"
            ),
            CheckConstraint(
                condition=Q(parent=None, granted_by__isnull=False)
                | Q(parent__isnull=False, granted_by=None, own_minor=0),
                name="subsidy_is_granted_or_handed_on",
            ),
        ]
        indexes = [
            Index(fields=["koc", "-granted_at"], name="subsidy_by_koc"),
            Index(
                fields=["brand", "expires_at"],
                name="subsidy_open",
                condition=Q(hand_on_minor__gt=F("allocated_minor") + F("returned_minor")),
            ),
        ]
        triggers = [
            koc_is_of_the_brand("subsidies_stay_in_one_brand"),
            grants_stand("grants_stand", condition=GRANT_REWRITTEN),
            kept("subsidies_are_kept"),
        ]

    @named_by("koc", "brand")
    def __str__(self) -> str:
        return _("subsidy of %(amount)s for %(koc)s") % {
            "amount": shown(self.own_minor + self.hand_on_minor, self.brand.currency),
            "koc": self.koc.called,
        }

    @property
    def left_minor(self) -> int:
        return self.hand_on_minor - self.allocated_minor - self.returned_minor


class Allocation(PublicModel, prefix="all"):
    """A KOC handed a part of a subsidy on, to somebody in their own tree: as money, or as the right to hand it on in
    turn. Rows are only added."""

    class Kind(models.TextChoices):
        MONEY = "money", _("money")
        RIGHT = "right", _("right to hand on")

    subsidy = ProtectedForeignKey(Subsidy, related_name="allocations", db_index=False)
    to = ProtectedForeignKey(Koc)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    amount_minor = models.PositiveBigIntegerField()
    note = models.CharField(max_length=500, blank=True)
    adjustment = ProtectedOneToOneField(Adjustment, null=True, help_text=_("of money"))
    child = ProtectedOneToOneField(Subsidy, null=True, help_text=_("of a right"))
    allocated_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(amount_minor__gt=0), name="allocation_is_positive"),
            CheckConstraint(
                condition=Q(kind="money", adjustment__isnull=False, child=None)
                | Q(kind="right", adjustment=None, child__isnull=False),
                name="allocation_is_money_or_a_right",
            ),
        ]
        indexes = [Index(fields=["subsidy", "-id"], name="allocation_by_subsidy")]
        triggers = [
            rows_checked(
                "allocations_go_to_others_of_the_brand",
                pgtrigger.Insert,
                ALLOCATION_TO_A_STRANGER,
                "an allocation goes to another KOC of the same brand",
            ),
            rows_checked(
                "allocations_were_received",
                pgtrigger.Insert,
                ALLOCATION_NOT_RECEIVED,
                "an allocation is what its recipient got",
            ),
            grants_stand("allocations_are_append_only"),
            kept("allocations_are_kept"),
        ]

    @named_by("to", "subsidy__brand")
    def __str__(self) -> str:
        return _("%(amount)s to %(koc)s") % {
            "amount": shown(self.amount_minor, self.subsidy.brand.currency),
            "koc": self.to.called,
        }
