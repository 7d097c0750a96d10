"""The rows that are a user's own. Everything else is not found, rather than forbidden: nobody learns that it exists."""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.generics import ListAPIView
from rest_framework.request import Request

from accounts.people.models import Koc, User
from foundation.http.rows import Row


def asker(request: Request) -> User:
    """The user of a request, where a login is required."""
    return cast(User, request.user)


def own_koc(user: User, public_id: str) -> Koc:
    """The membership of that public id, with its brand and tier, if it is the user's own; Http404 otherwise."""
    koc: Koc | None = (
        Koc.objects.with_public_id(public_id).filter(user=user).select_related("brand", "tier", "user").first()
    )
    if koc is None:
        raise Http404
    return koc


class OwnKocFilter(django_filters.CharFilter):
    """`?koc=` of a list: required, and one of one's own memberships. `of` says which rows belong to a membership; by
    default those with that `koc`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=True, help_text="one of your own memberships, `koc_…`", **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return self.rows_of(qs, own_koc(self.parent.request.user, value)) if value else qs.none()

    def rows_of(self, qs: QuerySet[Any], koc: Koc) -> QuerySet[Any]:
        return qs.filter(koc=koc)


class OfOwnKoc(django_filters.FilterSet):
    koc = OwnKocFilter()


class OwnListView(ListAPIView[Row]):
    """The rows of one of one's own memberships, which `?koc=` names: of all that `queryset` has."""

    filterset_class: type[django_filters.FilterSet] = OfOwnKoc
