from django.db import models
from django.db.models import Index, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.people.models import User
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by


class OneTimeCode(models.Model):
    """A code that was sent to a phone. Only its keyed digest is kept."""

    phone = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [Index(fields=["phone", "-sent_at"], name="one_time_code_by_phone")]

    def __str__(self) -> str:
        return _("code for …%(last4)s") % {"last4": self.phone[-4:]}


class Session(models.Model):
    """One family of refresh tokens. Only the newest is good; an older one that comes back ends the family."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_jti = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [Index(fields=["user", "ended_at"], name="session_by_user")]

    @named_by("user")
    def __str__(self) -> str:
        return _("session of %(user)s, from %(at)s") % {"user": self.user, "at": full_moment(self.started_at)}


class IdempotentAnswer(models.Model):
    """The first answer to a request that carried an Idempotency-Key, written in the same transaction as its effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "key"], name="idempotent_answer_once_per_key")]
        indexes = [Index(fields=["answered_at"], name="idempotent_answer_by_age")]

    def __str__(self) -> str:
        return _("answer %(status)s to %(key)s…") % {"status": self.status, "key": self.key[:8]}
