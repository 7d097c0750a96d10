from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Index, Q
from django.utils.translation import gettext_lazy as _

from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.triggers import followed
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by
from referrals.shares.models import Share

# A statement of a million rows is one insert more, not a million.
QUEUED = """INSERT INTO referrals_pendingaggregate (brand_id, visit_id)
SELECT share.brand_id, fresh.id FROM fresh JOIN referrals_share share ON share.id = fresh.share_id WHERE fresh.uncounted = '';"""


class Visit(PublicModel, prefix="clk"):
    """Somebody opened a share. Counted once per visitor and share within an hour; robots, and floods from one source,
    are kept apart."""

    class Uncounted(models.TextChoices):
        NO = "", _("counted")
        REPEAT = "repeat", _("repeat")
        ROBOT = "robot", _("robot or preview")
        FLOOD = "flood", _("flood of one source")

    # `visit_by_share` begins with it
    share = ProtectedForeignKey(Share, related_name="visits", db_index=False)
    visitor = models.CharField(max_length=64, help_text=_("the first-party cookie, or the key of the import"))
    visited_at = models.DateTimeField()
    uncounted = models.CharField(max_length=8, choices=Uncounted.choices, default=Uncounted.NO, blank=True)
    source = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text=_("a keyed hash of where it came from, another one every day; empty: imported, or not known"),
    )

    class Meta:
        indexes = [
            Index(fields=["share", "visitor", "visited_at"], name="visit_by_share"),
            Index(fields=["visitor", "visited_at"], name="visit_by_visitor"),
            Index(fields=["source", "visited_at"], name="visit_by_source", condition=~Q(source="")),
            BrinIndex(fields=["visited_at"], autosummarize=True, name="visit_by_time"),
        ]
        triggers = [followed("visit_is_queued", QUEUED, rows="fresh")]

    @named_by("share__brand")
    def __str__(self) -> str:
        return _("visit of %(share)s, %(at)s") % {
            "share": self.share,
            "at": full_moment(self.visited_at, self.share.brand.timezone),
        }

    @property
    def counted(self) -> bool:
        return self.uncounted == self.Uncounted.NO
