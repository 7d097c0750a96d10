"""What is late, in a sentence."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.heartbeats.selectors import LateWork


def late_line(late: LateWork, *, at: datetime) -> str:
    """`Orders are credited: last done 12 min ago, should be every 3 s`, in the reader's language."""
    named = {"work": late.work.label, "every": span(late.every), "ago": span(at - (late.done_at or at))}
    if late.done_at is None:
        return _("%(work)s: never done yet, should be every %(every)s") % named
    return _("%(work)s: last done %(ago)s ago, should be every %(every)s") % named


def span(time: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `12 min`."""
    seconds = int(time.total_seconds())
    if seconds < 60:
        return _("%d s") % seconds
    if seconds < 3600:
        return _("%d min") % (seconds // 60)
    if seconds < 2 * 86_400:
        return _("%d h") % (seconds // 3600)
    return _("%d days") % (seconds // 86_400)
