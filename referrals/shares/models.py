from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.kits.models import Channel, Kit, KitVersion
from content.media.models import Media
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.triggers import followed
from foundation.texts.names import named_by

# Parents before their children, and shares before their visits. A statement of a million rows is one insert more,
# not a million.
QUEUED = (
    "INSERT INTO referrals_pendingaggregate (brand_id, share_id) SELECT brand_id, id FROM fresh ORDER BY depth, id;"
)


class Share(PublicModel, prefix="shr"):
    """One KOC sharing one kit on one channel. Its parent is the share through which the KOC came."""

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc)
    kit = ProtectedForeignKey(Kit)
    version = ProtectedForeignKey(
        KitVersion,
        null=True,
        blank=True,
        db_index=False,
        help_text=_("the texts that it carries; empty: imported, it carries those of now"),
    )
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.ANY)
    drawn = models.JSONField(
        null=True, blank=True, help_text=_("which variants it says, by section: usage:any → B; empty: there were none")
    )
    parent = ProtectedForeignKey("self", related_name="children", null=True, blank=True)
    root = ProtectedForeignKey("self", null=True, blank=True, help_text=_("empty: this share is the root"))
    depth = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=16, unique=True)
    key = models.CharField(
        max_length=64, null=True, blank=True, help_text=_("the key of the import, if it was imported")
    )
    shared_at = models.DateTimeField()
    tapped_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("the day in the brand's zone; the same tap on the same day is the same share. Empty: imported"),
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "key"], name="share_key_once_per_brand"),
            UniqueConstraint(
                fields=["koc", "kit", "channel", "parent", "tapped_on"],
                condition=Q(tapped_on__isnull=False),
                nulls_distinct=False,
                name="share_once_per_tap_and_day",
            ),
            CheckConstraint(
                condition=Q(parent=None, root=None, depth=0) | Q(parent__isnull=False, root__isnull=False, depth__gt=0),
                name="share_root_has_depth_0",
            ),
            CheckConstraint(condition=~Q(pk=F("parent")), name="share_not_its_own_parent"),
        ]
        indexes = [
            Index(fields=["koc", "-shared_at"], name="share_by_koc"),
            Index(fields=["root", "depth"], name="share_by_level"),
            Index(fields=["brand", "kit", "shared_at"], name="share_by_kit"),
            Index(fields=["version"], name="share_by_drawing", condition=Q(drawn__isnull=False)),
            BrinIndex(fields=["shared_at"], autosummarize=True, name="share_by_time"),
        ]
        triggers = [followed("share_is_queued", QUEUED, rows="fresh")]

    def __str__(self) -> str:
        return self.code


class PostProof(PublicModel, prefix="prf"):
    """Where the post of a share is live, as its KOC says: an address or a screenshot. Evidence, never pay."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")

    share = ProtectedForeignKey(Share, related_name="proofs")
    url = models.CharField(max_length=500, blank=True)
    picture = ProtectedForeignKey(Media, null=True, blank=True)
    is_marked = models.BooleanField(
        null=True, help_text=_("whether the post is marked as advertising, as the KOC says; empty: not said")
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(max_length=500, blank=True, help_text=_("why it was refused"))
    sent_at = models.DateTimeField()
    decided_by = ProtectedForeignKey(User, null=True, blank=True, help_text=_("empty: by the brand's rule"))
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(url="", picture=None), name="proof_shows_something"),
            CheckConstraint(condition=~Q(status="refused", reason=""), name="proof_refused_for_a_reason"),
            UniqueConstraint(fields=["share", "url"], condition=~Q(url=""), name="proof_once_per_address"),
        ]
        indexes = [
            Index(fields=["status", "-sent_at"], name="proof_by_status"),
            Index(fields=["url"], name="proof_by_address", condition=~Q(url="")),
        ]

    @named_by("share__kit", "share__koc")
    def __str__(self) -> str:
        return f"{self.share.koc.called}: {self.share.kit}"
