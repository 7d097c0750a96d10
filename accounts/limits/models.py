from django.db import models
from django.db.models import Index, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class Hits(models.Model):
    """How often somebody tried in a window of time; counted by one atomic upsert, so no two workers lose a hit."""

    scope = models.CharField(max_length=32)
    who = models.CharField(max_length=128, help_text=_("a keyed digest, never a phone or an address"))
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = _("hits")
        constraints = [UniqueConstraint(fields=["scope", "who", "window_start"], name="hits_one_row_per_window")]
        indexes = [Index(fields=["window_start"], name="hits_by_age")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
