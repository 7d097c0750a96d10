"""When each work of the clock was last done."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """A row for each work that a clock starts. `migrate` makes it, so that a clock that never ran is late as well; each
    run moves it."""

    class Work(models.TextChoices):
        CREDIT = "credit", _("Orders are credited")
        DUE = "due", _("What is due is done")
        CLICKS = "clicks", _("Clicks are taken in")
        EXPORTS = "exports", _("Exports are written")
        LEDGERS = "ledgers", _("Ledgers are proved at night")
        SIGNALS = "signals", _("Fraud is searched at night")
        VARIANTS = "variants", _("What content brought is counted")
        USES = "uses", _("Own purchases of KOCs are looked up")
        OLD_EXPORTS = "old_exports", _("Old exports are removed")
        MEDIA = "media", _("Files without a picture are removed")
        SUBMISSIONS = "submissions", _("Submissions that waited long enough are approved")
        OLD_ROWS = "old_rows", _("What is old is forgotten")

    work = models.CharField(max_length=16, choices=Work, unique=True)
    expected_since = models.DateTimeField()
    began_at = models.DateTimeField(null=True, help_text=_("when the last run that was finished began"))
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.get_work_display()
