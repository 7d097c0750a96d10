"""Somebody opened a share."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from referrals.models import Share, Visit

ONE_VISIT = timedelta(hours=1)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"


@transaction.atomic
def record_visit(*, share: Share, visitor: str, robot: bool, at: datetime) -> Visit:
    """Keep a visit: counted once per visitor and share within an hour, later ones as repeats; a robot's is kept apart.

    Takes an advisory lock of (share, visitor) until the commit, so that of two at once one is counted. No address is kept.
    """
    if robot:
        uncounted = Visit.Uncounted.ROBOT
    else:
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"{share.pk}:{visitor}"])
        counted = Visit.objects.filter(share=share, visitor=visitor, uncounted=Visit.Uncounted.NO, visited_at__gt=at - ONE_VISIT)
        uncounted = Visit.Uncounted.REPEAT if counted.exists() else Visit.Uncounted.NO
    visit: Visit = Visit.objects.create(share=share, visitor=visitor, visited_at=at, uncounted=uncounted)
    return visit
