"""Shares as people see them."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.people.models import User
from foundation.postgres.saved_queries import SavedQuery
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


class ListedShare(NamedTuple):
    """What a list says of a share."""

    pk: int
    code: str
    channel: str
    kit_id: int
    kit_title: str
    parent_id: int | None
    depth: int
    counted_visits: int
    shared_at: datetime


def listed_shares(shares: QuerySet[Share]) -> QuerySet[Any, Any]:
    """Shares as `ListedShare`."""
    return with_visits(shares).annotate(kit_title=F("kit__title")).values_list(*ListedShare._fields, named=True)


_NEWEST = SavedQuery(
    lambda koc, user, size: listed_shares(Share.objects.filter(koc=koc, koc__user=user)).order_by("-shared_at", "-pk")[
        :size
    ],
    koc=int,
    user=int,
)


def newest_shares(koc: int, *, user: int, size: int) -> list[ListedShare]:
    """The newest shares of a membership, if it is that user's."""
    return [ListedShare(*row) for row in _NEWEST.rows(koc=koc, user=user, size=size)]
