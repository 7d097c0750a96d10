from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import NameField
from foundation.texts.names import named_by


class Community(PublicModel, prefix="cmn"):
    """A group that a KOC leads: a decentralised node."""

    class Kind(models.TextChoices):
        GROUP = "group", _("group")
        TRAINING = "training", _("training group")

    brand = ProtectedForeignKey(Brand)
    leader = ProtectedForeignKey(Koc)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.GROUP)
    name = NameField(max_length=60)
    topic = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=16, unique=True, help_text=_("of the entry link"))
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = _("communities")
        constraints = [
            UniqueConstraint(
                fields=["leader", "name"], condition=Q(closed_at=None), name="open_community_once_per_leader_and_name"
            ),
            CheckConstraint(condition=~Q(name=""), name="community_has_a_name"),
        ]
        indexes = [Index(fields=["leader", "-opened_at"], name="community_by_leader")]

    def __str__(self) -> str:
        return self.name


class CommunityMember(PublicModel, prefix="cmm"):
    """A KOC or a customer is in a community, until they leave."""

    community = ProtectedForeignKey(Community, related_name="members")
    koc = ProtectedForeignKey(Koc, null=True, blank=True)
    customer = ProtectedForeignKey(Customer, null=True, blank=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(koc=None) ^ Q(customer=None), name="member_is_a_koc_or_a_customer"),
            CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")), name="member_leaves_after_joining"
            ),
            UniqueConstraint(
                fields=["community", "koc"],
                condition=Q(koc__isnull=False, left_at=None),
                name="koc_once_in_a_community",
            ),
            UniqueConstraint(
                fields=["community", "customer"],
                condition=Q(customer__isnull=False, left_at=None),
                name="customer_once_in_a_community",
            ),
        ]
        indexes = [Index(fields=["community", "-joined_at"], name="member_by_community")]

    @named_by("koc", "customer", "community")
    def __str__(self) -> str:
        return _("%(who)s in %(community)s") % {"who": self.koc or self.customer, "community": self.community}
