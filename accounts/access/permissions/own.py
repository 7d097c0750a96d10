"""The rows that are a user's own. Everything else is not found, rather than forbidden: nobody learns that it exists."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from rest_framework.generics import ListAPIView
from rest_framework.request import Request

from accounts.people.models import Koc, User
from foundation.http.answers import json_answer
from foundation.http.paging import CursorPages
from foundation.http.rows import Row
from foundation.postgres.saved_queries import SavedModels


def asker(request: Request) -> User:
    """The user of a request, where a login is required."""
    return cast(User, request.user)


_OWN = SavedModels(
    Koc, lambda koc, user: Koc.objects.filter(pk=koc, user=user), "brand", "tier", "user", koc=int, user=int
)


def own_koc(user: User, public_id: str) -> Koc:
    """The membership of that public id, with its brand and tier, if it is the user's own; Http404 otherwise."""
    koc = _OWN.first(koc=Koc.number_of(public_id) or 0, user=user.pk)
    if koc is None:
        raise Http404
    return koc


def own_rows(request: Request, koc: str, size: int, read: Callable[..., list[Any]]) -> list[Any]:
    """What `read` knows of a user's own membership of that public id. Raises Http404 when it is nobody's or another's."""
    user = asker(request)
    rows = read(Koc.number_of(koc) or 0, user=user.pk, size=size)
    if not rows:
        own_koc(user, koc)
    return rows


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


class OwnRowsView(OwnListView[Row]):
    """The same for a list that is read often: its rows are tuples, which become JSON without models and serializers
    between. `serializer_class` says the same to the schema, and a test holds both against each other.

    Rows have `pk`, and by its own name what pages are in order of (`page_order`)."""

    PLAIN = frozenset({"koc", "page_size"})

    def first_rows(self, koc: str, size: int) -> Sequence[Any]:
        """The first rows of one's own membership of that public id, unfiltered. Raises Http404 for any other."""
        raise NotImplementedError

    def listed(self, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
        """Rows of the model as the named tuples of `first_rows`."""
        raise NotImplementedError

    def shown(self, rows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        """Tuples as clients read them."""
        raise NotImplementedError

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]  # it is written at once
        pages, koc = cast(CursorPages, self.paginator), request.query_params.get("koc")
        if koc and self.PLAIN.issuperset(request.query_params):
            rows = pages.first_page(lambda size: self.first_rows(koc, size), request, view=self)
        else:
            rows = pages.paginate_queryset(self.listed(self.filter_queryset(self.get_queryset())), request, view=self)
        return json_answer({**pages.links(), "results": self.shown(rows)})
