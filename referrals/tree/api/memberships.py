"""One's memberships in brands' programmes."""

import json
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import idempotent, once
from accounts.access.permissions.own import asker, own_koc
from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from content.media.api import ShownPicture
from content.media.selectors import avatar_of
from foundation.http.bodies import given
from foundation.http.paging import CursorPages
from foundation.http.rows import RowSerializer
from referrals.shares.selectors import activity_of, invitees_of, layers_below
from referrals.tree.selectors.invitations import Invitation, own_invitation
from referrals.tree.services.joining import draw_invite_code, join_brand

LONGEST_ANSWERS = 20_000


@extend_schema_field({"type": "object", "additionalProperties": True})
class Answers(serializers.JSONField):
    """What an applicant answers to the brand's questions: an object, in characters that a database keeps."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Must be an object."), code="not_an_object")
        try:
            text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        except ValueError:  # 1e999, which Python reads as infinite
            raise serializers.ValidationError(_("Has a number that is too large."), code="max_value") from None
        if len(text) > LONGEST_ANSWERS:
            raise serializers.ValidationError(_("Is too long."), code="max_length")
        if "\\u0000" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise serializers.ValidationError(_("Has characters that are not text."), code="not_text")
        return data


class JoinSerializer(serializers.Serializer[Any]):
    brand = serializers.CharField(max_length=50, help_text="its slug")
    invite_code = serializers.CharField(max_length=200, required=False, allow_blank=True, allow_null=True)
    answers = Answers(required=False)


class BrandSerializer(RowSerializer[Brand]):
    class Meta:
        model = Brand
        fields = ("id", "slug", "name", "currency", "timezone")


class TierSerializer(RowSerializer[Tier]):
    class Meta:
        model = Tier
        fields = ("key", "name", "rank", "multiplier_bps")


class MembershipSerializer(RowSerializer[Koc]):
    brand = BrandSerializer(read_only=True)
    tier = TierSerializer(read_only=True)

    class Meta:
        model = Koc
        fields = ("id", "brand", "name", "status", "tier", "invite_code", "joined_at", "approved_at")


class InvitationSerializer(serializers.Serializer[Any]):
    """Whom one's code may still bring."""

    invite_code = serializers.CharField(source="koc.invite_code")
    url = serializers.CharField(help_text="a page that says who invites, and how to join")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="empty: it stays good")
    people_left = serializers.SerializerMethodField(help_text="how many may still join by it; empty: no limit")

    def get_people_left(self, invitation: Invitation) -> int | None:
        return invitation.left(timezone.now())


class OwnMembershipSerializer(MembershipSerializer):
    """A membership with what its invite code may still do."""

    avatar = serializers.SerializerMethodField(
        help_text="what posters show of oneself; empty: the first letter of the name"
    )
    invitation = serializers.SerializerMethodField()

    class Meta:
        model = Koc
        fields = (*MembershipSerializer.Meta.fields, "avatar", "invitation")

    @extend_schema_field(ShownPicture(allow_null=True))
    def get_avatar(self, koc: Koc) -> Any:
        media = avatar_of(koc.pk)
        return ShownPicture(media).data if media else None

    @extend_schema_field(InvitationSerializer)
    def get_invitation(self, koc: Koc) -> Any:
        return InvitationSerializer(own_invitation(koc)).data


@extend_schema_view(get=extend_schema(tags=["me"], operation_id="memberships"))
class MembershipListView(ListAPIView[Koc]):
    """List your memberships, the newest first."""

    serializer_class = MembershipSerializer
    filter_backends = ()
    queryset = Koc.objects.none()

    def get_queryset(self) -> QuerySet[Koc]:
        return Koc.objects.filter(user=asker(self.request)).select_related("brand", "tier")

    @idempotent(
        tags=["me"], operation_id="membership_join", request=JoinSerializer, responses={201: MembershipSerializer}
    )
    def post(self, request: Request) -> Response:
        """Join a brand's programme. Some brands approve at once, others look first."""
        asked = given(JoinSerializer, request.data)
        return once(request, lambda: self._join(**asked))

    def _join(self, *, brand: str, invite_code: str | None = None, answers: dict[str, Any] | None = None) -> Response:
        tenant = get_object_or_404(Brand, slug=brand)
        koc = join_brand(
            user=asker(self.request),
            brand=tenant,
            invite_code=invite_code or "",
            answers=answers or {},
            at=timezone.now(),
        )
        return Response(MembershipSerializer(koc).data, status=201)


class MembershipView(APIView):
    @extend_schema(tags=["me"], operation_id="membership", responses={200: OwnMembershipSerializer})
    def get(self, request: Request, koc_id: str) -> Response:
        """Read one of your memberships."""
        return Response(OwnMembershipSerializer(own_koc(asker(request), koc_id)).data)


class InvitationView(APIView):
    @idempotent(tags=["me"], operation_id="invitation_draw", request=None, responses={201: InvitationSerializer})
    def post(self, request: Request, koc_id: str) -> Response:
        """Draw a fresh invite code. The old one is no longer known."""
        return once(request, lambda: self._draw(koc_id))

    def _draw(self, koc_id: str) -> Response:
        koc = draw_invite_code(koc=own_koc(asker(self.request), koc_id), at=timezone.now())
        return Response(InvitationSerializer(own_invitation(koc)).data, status=201)


class LayerSerializer(serializers.Serializer[Any]):
    """Active KOCs at one depth below, and what they did in the last 30 days."""

    depth = serializers.IntegerField(help_text="1: invited by you")
    people = serializers.IntegerField()
    joined = serializers.IntegerField()
    sharing = serializers.IntegerField(help_text="who shared")
    shares = serializers.IntegerField()


class ActivitySerializer(serializers.Serializer[Any]):
    team = serializers.IntegerField(help_text="everybody below them")
    shares = serializers.IntegerField(help_text="of the last 30 days")
    last_shared_at = serializers.DateTimeField(allow_null=True)


class InviteeSerializer(RowSerializer[Koc]):
    """Somebody whom you invited, by the name that they show."""

    activity = serializers.SerializerMethodField()

    class Meta:
        model = Koc
        fields = ("name", "joined_at", "activity")

    @extend_schema_field(ActivitySerializer)
    def get_activity(self, koc: Koc) -> Any:
        return ActivitySerializer(self.context["activity"][koc.pk]).data


class TeamView(APIView):
    page_order = "-joined_at"

    @extend_schema(
        tags=["me"],
        operation_id="team",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses={
            200: inline_serializer(
                "Team",
                {
                    "next": serializers.CharField(allow_null=True),
                    "previous": serializers.CharField(allow_null=True),
                    "results": InviteeSerializer(many=True),
                    "people": serializers.IntegerField(),
                    "depths": LayerSerializer(many=True),
                },
            )
        },
    )
    def get(self, request: Request, koc_id: str) -> Response:
        """Read who came through you: sums per depth, and those whom you invited yourself, the newest first. Further down
        people stay nameless."""
        koc, at = own_koc(asker(request), koc_id), timezone.now()
        layers = layers_below(koc, at=at)
        pages = CursorPages()
        invitees = pages.paginate_queryset(invitees_of(koc), request, self)
        activity = activity_of([invitee.pk for invitee in invitees], at=at)
        listed = InviteeSerializer(invitees, many=True, context={"activity": activity}).data
        answer = {"next": pages.get_next_link(), "previous": pages.get_previous_link(), "results": listed}
        return Response(
            answer
            | {"people": sum(layer.people for layer in layers), "depths": LayerSerializer(layers, many=True).data}
        )
