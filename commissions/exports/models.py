from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import User
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.sentences import SentenceField


class Export(models.Model):
    """A file that staff asked for. The row says how far it is; the file is kept for some days, the row for ever, since
    it says who took what."""

    brand = ProtectedForeignKey(Brand)

    class Kind(models.TextChoices):
        COMMISSIONS = "commissions", _("commissions")
        STATEMENTS = "statements", _("statements")

    kind = models.CharField(max_length=11, choices=Kind.choices)
    period = models.CharField(max_length=7, help_text=_("YYYY-MM"))

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("XLSX")

    format = models.CharField(max_length=4, choices=Format.choices, default=Format.XLSX)

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being written")
        DONE = "done", _("ready")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    AT_WORK = (Status.WAITING, Status.RUNNING)

    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    rows = models.PositiveBigIntegerField(null=True, help_text=_("empty: not counted yet"))
    rows_done = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("how often a worker began it"))
    asked_by = ProtectedForeignKey(User)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    file = models.CharField(
        max_length=40, blank=True, help_text=_("its name among the exports; empty: there is none (any more)")
    )
    bytes = models.PositiveBigIntegerField(null=True)
    refusal = SentenceField(blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["brand", "kind", "period", "format"],
                condition=Q(status__in=["waiting", "running"]),
                name="export_one_at_work",
            ),
            CheckConstraint(condition=Q(status="done") ^ Q(file=""), name="export_has_a_file_when_done"),
        ]
        indexes = [
            Index(fields=["asked_at", "id"], name="export_at_work", condition=Q(status__in=["waiting", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period} {self.get_format_display()}"

    @property
    def percent(self) -> int:
        return 100 if self.status == self.Status.DONE else 100 * self.rows_done // self.rows if self.rows else 0
