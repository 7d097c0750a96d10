"""What KOCs tell the brand."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.names import named_by


class Suggestion(PublicModel, prefix="sug"):
    """What a KOC suggested, and what became of it."""

    class Status(models.TextChoices):
        NEW = "new", _("new")
        SEEN = "seen", _("seen")
        PLANNED = "planned", _("planned")
        ADOPTED = "adopted", _("adopted")
        DECLINED = "declined", _("declined")

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc)
    text = models.TextField(max_length=2000)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    answer = models.CharField(
        max_length=500, blank=True, help_text=_("what the KOC reads; a reason when it is declined")
    )
    answered_by = ProtectedForeignKey(User, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(text=""), name="suggestion_says_something"),
            CheckConstraint(condition=~Q(status="declined", answer=""), name="suggestion_declined_for_a_reason"),
        ]
        indexes = [
            Index(fields=["koc", "-made_at"], name="suggestion_by_koc"),
            Index(fields=["brand", "status", "-made_at"], name="suggestion_by_status"),
        ]

    @named_by("koc")
    def __str__(self) -> str:
        return f"{self.koc.called}: {self.text[:40]}"
