"""Shares as people see them."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.people.models import User
from referrals.shares.models import Share
from referrals.visits.models import Visit


def with_visits(shares: QuerySet[Share]) -> QuerySet[Any]:
    """Shares with `counted_visits`, how many they are, beside the kit and the parent."""
    counted_visits = (
        Visit.objects.filter(share=OuterRef("pk"), uncounted=Visit.Uncounted.NO)
        .order_by()
        .values("share")
        .annotate(many=Count("pk"))
        .values("many")
    )
    return shares.select_related("kit", "koc").annotate(
        counted_visits=Coalesce(Subquery(counted_visits, output_field=IntegerField()), 0)
    )


def shares_of(user: User) -> QuerySet[Any]:
    """All shares of all memberships of a user."""
    return Share.objects.filter(koc__user=user)
