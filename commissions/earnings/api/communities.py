"""Communities that one leads or is in."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import idempotent, once
from accounts.access.permissions.own import OwnKocFilter, OwnListView, asker, own_koc
from accounts.people.models import Koc
from commissions.earnings.selectors.communities import sold_in
from foundation.http.bodies import given
from foundation.http.fields import NameField
from foundation.http.rows import RowSerializer
from referrals.communities.models import Community, CommunityMember
from referrals.communities.selectors import activity_in, community_behind, community_url, members_of
from referrals.communities.services.communities import (
    add_to_community,
    close_community,
    join_community,
    leave_community,
    open_community,
)


class CommunityFilter(django_filters.FilterSet):
    class In(OwnKocFilter):
        """Those that one leads or is in."""

        def rows_of(self, qs: QuerySet[Any], koc: Koc) -> QuerySet[Any]:
            inside = CommunityMember.objects.filter(koc=koc, left_at=None).values("community")
            return qs.filter(Q(leader=koc) | Q(pk__in=inside))

    koc = In()


class CommunityActivitySerializer(serializers.Serializer[Any]):
    """Who is in it, and what they did in the last 30 days."""

    kocs = serializers.IntegerField()
    customers = serializers.IntegerField()
    sharing = serializers.IntegerField(help_text="KOCs who shared")
    shares = serializers.IntegerField()
    visits = serializers.IntegerField()
    reach = serializers.IntegerField(help_text="different people who opened their shares")
    orders = serializers.IntegerField(help_text="that they brought or paid")
    gmv_minor = serializers.IntegerField()
    currency = serializers.CharField()


class CommunitySerializer(RowSerializer[Community]):
    leader = serializers.CharField(source="leader.name", read_only=True)
    is_mine = serializers.SerializerMethodField(help_text="you lead it")
    url = serializers.SerializerMethodField(help_text="the entry link; `/qr.svg` behind it is its QR code")
    activity = serializers.SerializerMethodField()

    class Meta:
        model = Community
        fields = (
            "id", "name", "topic", "kind", "leader", "is_mine", "code", "url", "opened_at", "closed_at", "activity",
        )  # fmt: skip

    def get_is_mine(self, community: Community) -> bool:
        return bool(community.leader.user_id == self.context["user"])

    def get_url(self, community: Community) -> str:
        return community_url(community)

    @extend_schema_field(CommunityActivitySerializer)
    def get_activity(self, community: Community) -> Any:
        return self.context["activity"][community.pk] | {"currency": community.brand.currency}


def shown(communities: list[Community], user: int) -> Any:
    """Communities with their activity, in two queries for any number of them."""
    now, ids = timezone.now(), [community.pk for community in communities]
    done, sold = activity_in(ids, at=now), sold_in(ids, at=now)
    counts = ("kocs", "customers", "sharing", "shares", "visits", "reach")
    activity = {
        pk: {name: getattr(done[pk], name) for name in counts}
        | {"orders": sold[pk].orders, "gmv_minor": sold[pk].gmv_minor}
        for pk in ids
    }
    return CommunitySerializer(communities, many=True, context={"activity": activity, "user": user}).data


class OpenSerializer(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40, help_text="your membership, `koc_…`")
    name = NameField(max_length=60)
    topic = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=Community.Kind.choices, default=Community.Kind.GROUP)


class CommunityListView(OwnListView[Community]):
    serializer_class = CommunitySerializer
    filterset_class = CommunityFilter
    queryset = Community.objects.select_related("leader", "brand")
    page_order = "-opened_at"

    @extend_schema(tags=["communities"], operation_id="communities")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the communities that you lead or are in, the newest first."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shown(page, asker(request).pk))

    @idempotent(
        tags=["communities"],
        operation_id="community_open",
        request=OpenSerializer,
        responses={201: CommunitySerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a community that you lead."""
        asked = given(OpenSerializer, request.data)
        return once(request, lambda: self._open(**asked))

    def _open(self, *, koc: str, name: str, topic: str, kind: str) -> Response:
        leader = own_koc(asker(self.request), koc)
        community = open_community(leader=leader, name=name, topic=topic, kind=kind, at=timezone.now())
        return Response(shown([community], asker(self.request).pk)[0], status=201)


def seen_community(request: Request, community_id: str) -> Community:
    """A community that one leads or is in; Http404 otherwise."""
    mine = Koc.objects.filter(user=asker(request))
    inside = CommunityMember.objects.filter(koc__in=mine, left_at=None).values("community")
    rows: Any = Community.objects.with_public_id(community_id)
    found: Community | None = (
        rows.filter(Q(leader__in=mine) | Q(pk__in=inside)).select_related("leader", "brand").first()
    )
    if found is None:
        raise Http404
    return found


class CommunityView(APIView):
    @extend_schema(tags=["communities"], operation_id="community", responses={200: CommunitySerializer})
    def get(self, request: Request, community_id: str) -> Response:
        """Read one of the communities that you lead or are in."""
        return Response(shown([seen_community(request, community_id)], asker(request).pk)[0])

    @extend_schema(tags=["communities"], operation_id="community_close", responses={204: None})
    def delete(self, request: Request, community_id: str) -> Response:
        """Close a community that you lead: nobody comes in any more."""
        community = seen_community(request, community_id)
        if community.leader.user_id != asker(request).pk:
            raise Http404
        close_community(community=community, at=timezone.now())
        return Response(status=204)


class MemberSerializer(RowSerializer[CommunityMember]):
    """Somebody in a community, by the name that they show. A customer is shown without a name."""

    name = serializers.SerializerMethodField()
    kind = serializers.SerializerMethodField()

    class Meta:
        model = CommunityMember
        fields = ("name", "kind", "joined_at")

    def get_name(self, member: CommunityMember) -> str | None:
        return member.koc.name if member.koc else None

    @extend_schema_field(serializers.ChoiceField(choices=["koc", "customer"]))
    def get_kind(self, member: CommunityMember) -> str:
        return "koc" if member.koc_id else "customer"


class EnterSerializer(serializers.Serializer[Any]):
    koc = serializers.CharField(
        max_length=40, help_text="who comes in, `koc_…`: of your team, when you lead it; yourself, with the code"
    )
    code = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="of the entry link"
    )


class EnteredSerializer(serializers.Serializer[Any]):
    entered = serializers.BooleanField(help_text="false: they were in it already")


@extend_schema_view(get=extend_schema(tags=["communities"], operation_id="community_members"))
class CommunityMembersView(ListAPIView[CommunityMember]):
    """List who is in a community, the newest first: names that people show, no phone numbers."""

    serializer_class = MemberSerializer
    filter_backends = ()
    queryset = CommunityMember.objects.none()
    also_refuses = ("409",)

    def get_queryset(self) -> QuerySet[CommunityMember]:
        return members_of(seen_community(self.request, self.kwargs["community_id"]))

    @idempotent(
        tags=["communities"],
        operation_id="community_enter",
        request=EnterSerializer,
        responses={201: EnteredSerializer, 200: EnteredSerializer},
    )
    def post(self, request: Request, community_id: str) -> Response:
        """Come into a community by its code, or bring in somebody of your team when you lead it."""
        asked = given(EnterSerializer, request.data)
        return once(request, lambda: self._enter(community_id, **asked))

    def _enter(self, community_id: str, *, koc: str, code: str) -> Response:
        at = timezone.now()
        if code:
            community = community_behind(code)
            if community is None or community.public_id != community_id:
                raise Http404
            entered = join_community(community=community, koc=own_koc(asker(self.request), koc), at=at)
        else:
            community = seen_community(self.request, community_id)
            if community.leader.user_id != asker(self.request).pk:
                raise Http404
            rows: Any = Koc.objects.with_public_id(koc)
            entered = add_to_community(community=community, koc=rows.filter(brand=community.brand_id).first(), at=at)
        return Response({"entered": entered}, status=201 if entered else 200)

    @extend_schema(
        tags=["communities"],
        operation_id="community_leave",
        parameters=[OpenApiParameter("koc", str, required=True)],
        responses={204: None},
    )
    def delete(self, request: Request, community_id: str) -> Response:
        """Go out of a community."""
        koc = own_koc(asker(request), request.query_params.get("koc", ""))
        leave_community(community=seen_community(request, community_id), koc=koc, at=timezone.now())
        return Response(status=204)
