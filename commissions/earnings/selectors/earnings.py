"""What a KOC earned."""

from typing import Any

from django.db.models import QuerySet

from accounts.people.models import User
from commissions.earnings.models.commissions import Commission


def with_lines(commissions: QuerySet[Commission]) -> QuerySet[Commission]:
    """Commissions with what they were earned for, in one query."""
    return commissions.select_related("brand", "line__order", "line__product")


def commissions_of(user: User) -> QuerySet[Any]:
    """All commissions of all memberships of a user."""
    return Commission.objects.filter(koc__user=user)
