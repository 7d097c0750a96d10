"""Shares: one tap makes one, and its owner sees what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import idempotent, is_answered, once
from accounts.access.permissions.own import OwnRowsView, asker, own_koc, own_rows
from accounts.people.models import Koc
from content.kits.domain.texts import DISCLOSURE
from content.kits.models import Channel, Kit, Section
from content.kits.selectors.kits import kit_to_share
from content.media.api import PictureField, PictureParser, ShownPicture, TakesPictures
from content.media.models import Media
from content.media.rendering.addresses import address_of
from content.media.services.pictures import store_picture
from foundation.http.answers import shown_moment
from foundation.http.bodies import BoundedJSONParser, given
from foundation.http.rows import RowSerializer
from referrals.propagation.selectors.aggregates import aggregated_propagation
from referrals.propagation.selectors.propagation import Propagation, ShareNode, share_propagation
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.shares.models import PostProof, Share
from referrals.shares.rendering import SharedTexts, link_of, shared_texts, url_of, wecom_attachments
from referrals.shares.services.proofs import send_proof
from referrals.shares.services.sharing import share_kit
from referrals.visits.selectors.shares import ListedShare, listed_shares, newest_shares, shares_of, with_visits


class TapSerializer(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40)
    channel = serializers.ChoiceField(choices=Channel.choices)
    via = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="the code of the share that brought you here",
    )


class TextSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Section.Kind.choices)
    text = serializers.CharField()


class ImageSerializer(serializers.Serializer[Any]):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class WeComSerializer(serializers.Serializer[Any]):
    text = serializers.DictField(child=serializers.CharField())
    attachments = serializers.ListField(child=serializers.DictField())


class KitTitleSerializer(RowSerializer[Kit]):
    class Meta:
        model = Kit
        fields = ("id", "title")


class ListedShareSerializer(RowSerializer[Share]):
    """A share in a list, with the number of its counted visits."""

    url = serializers.SerializerMethodField()
    kit = KitTitleSerializer(read_only=True)
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # every serializer has a `parent` of its own, which nothing reads here
    visits = serializers.IntegerField(source="counted_visits", read_only=True)
    created_at = serializers.DateTimeField(source="shared_at", read_only=True)

    class Meta:
        model = Share
        fields = ("id", "code", "url", "channel", "kit", "parent", "depth", "visits", "created_at")

    def get_url(self, share: Share) -> str:
        return url_of(share)

    def get_parent(self, share: Share) -> str | None:
        return None if share.parent_id is None else Share.public_id_of(share.parent_id)


class ShareSerializer(ListedShareSerializer):
    """A share with everything that is needed to post it."""

    disclosure = serializers.SerializerMethodField()
    title = serializers.SerializerMethodField(help_text="where the channel has titles")
    tags = serializers.SerializerMethodField()
    texts = serializers.SerializerMethodField()
    post_text = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField()
    qr_url = serializers.SerializerMethodField()

    class Meta:
        model = Share
        fields = (
            "id", "code", "url", "channel", "disclosure", "title", "tags", "texts", "post_text", "images", "poster_url", "qr_url",
            "parent", "created_at",
        )  # fmt: skip

    def get_disclosure(self, share: Share) -> str:
        return DISCLOSURE

    def to_representation(self, instance: Share) -> dict[str, Any]:
        self._shared = shared_texts(instance)
        return super().to_representation(instance)

    def get_title(self, share: Share) -> str | None:
        return self._shared.post.title or None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tags(self, share: Share) -> list[str]:
        return list(self._shared.post.tags)

    @extend_schema_field(TextSerializer(many=True))
    def get_texts(self, share: Share) -> list[dict[str, str]]:
        return [{"kind": text.kind, "text": text.text} for text in self._shared.texts]

    def get_post_text(self, share: Share) -> str:
        return self._shared.post.text

    @extend_schema_field(ImageSerializer(many=True))
    def get_images(self, share: Share) -> list[dict[str, Any]]:
        return shown_images(self._shared, at=timezone.now())

    def get_poster_url(self, share: Share) -> str:
        return f"{url_of(share)}/poster.jpg"

    def get_qr_url(self, share: Share) -> str:
        return f"{url_of(share)}/qr.svg"


class ShareDetailSerializer(ShareSerializer):
    class Meta:
        model = Share
        fields = (*ShareSerializer.Meta.fields, "kit", "depth", "visits")


class NodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    parent = serializers.CharField(allow_null=True, help_text="empty for the share that was asked for")  # type: ignore[assignment]  # as above
    depth = serializers.IntegerField()
    name = serializers.SerializerMethodField(
        help_text="of yourself and of who shared through you; further down people stay nameless"
    )
    shared_at = serializers.DateTimeField()
    visits = serializers.IntegerField(help_text="counted ones")

    def get_name(self, node: ShareNode) -> str | None:
        return node.name if node.depth <= 1 else None


class CascadeLayerSerializer(serializers.Serializer[Any]):
    """One depth: shares made there, counted visits that they had, and people who were first reached there. Who opened a
    share stands one deeper than it."""

    depth = serializers.IntegerField()
    shares = serializers.IntegerField()
    visits = serializers.IntegerField()
    people = serializers.IntegerField()


class PropagationSerializer(serializers.Serializer[Any]):
    """What grew from a share, measured as a cascade with that share as its root."""

    size = serializers.IntegerField(help_text="shares")
    people = serializers.IntegerField(help_text="who shared")
    depth = serializers.IntegerField()
    max_breadth = serializers.IntegerField()
    structural_virality = serializers.FloatField(
        allow_null=True, help_text="mean distance of two shares: about 2 is one broadcast, more is person to person"
    )
    breadth_by_depth = serializers.ListField(child=serializers.IntegerField())
    reach = serializers.IntegerField(help_text="people who shared or opened a share")
    coverage = serializers.FloatField(allow_null=True, help_text="reach as a part of the audience")
    influence_horizon = serializers.IntegerField(help_text="how many layers deep the influence holds")
    reproduction = serializers.ListField(
        child=serializers.FloatField(), help_text="shares per share of the layer above"
    )
    time_to_depth_seconds = serializers.ListField(child=serializers.FloatField())
    layers = CascadeLayerSerializer(many=True)
    decentralisation = serializers.FloatField(allow_null=True, help_text="the part of the reach at depth 2 or deeper")
    nodes = NodeSerializer(many=True, help_text="the shares to draw, parents before children")
    truncated = serializers.BooleanField(help_text="there are more shares than are listed")


class TapView(APIView):
    @idempotent(
        tags=["shares"],
        operation_id="share_tap",
        request=TapSerializer,
        responses={201: ShareSerializer, 200: ShareSerializer},
    )
    def post(self, request: Request, kit_id: str) -> Response:
        """Share a kit in one tap: get everything that is needed to post it. The same tap on the same day is the same share, then
        with 200."""
        asked = given(TapSerializer, request.data)
        return once(request, lambda: self._tap(kit_id, **asked))

    def _tap(self, kit_id: str, *, koc: str, channel: str, via: str | None = None) -> Response:
        member = own_koc(asker(self.request), koc)
        at = timezone.now()
        kit = sharable_kit(member, kit_id, at=at)
        shared = share_kit(koc=member, kit=kit, channel=channel, via=via or "", at=at)
        return Response(shown_share(shared.share, at=at), status=201 if shared.fresh else 200)


def shown_share(share: Share, *, at: datetime) -> dict[str, Any]:
    """What ShareSerializer says of a share, without the time that a serializer takes to be made."""
    said, url = shared_texts(share), url_of(share)
    return {
        "id": share.public_id,
        "code": share.code,
        "url": url,
        "channel": share.channel,
        "disclosure": DISCLOSURE,
        "title": said.post.title or None,
        "tags": list(said.post.tags),
        "texts": [{"kind": text.kind, "text": text.text} for text in said.texts],
        "post_text": said.post.text,
        "images": shown_images(said, at=at),
        "poster_url": f"{url}/poster.jpg",
        "qr_url": f"{url}/qr.svg",
        "parent": None if share.parent_id is None else Share.public_id_of(share.parent_id),
        "created_at": shown_moment(share.shared_at),
    }


def shown_images(said: SharedTexts, *, at: datetime) -> list[dict[str, Any]]:
    return [{"url": address_of(media, at=at), "width": media.width, "height": media.height} for media in said.pictures]


def sharable_kit(koc: Koc, kit_id: str, *, at: datetime) -> Kit:
    """A kit of the KOC's brand that was offered to the KOC once. One that is still being written, or that is for other
    tiers, is not found."""
    kit = kit_to_share(koc, kit_id, at=at)
    if kit is None:
        raise Http404
    return kit


@extend_schema_view(get=extend_schema(tags=["shares"], operation_id="shares"))
class ShareListView(OwnRowsView[Share]):
    """List the shares of one membership, the newest first."""

    serializer_class = ListedShareSerializer
    queryset = Share.objects.all()
    page_order = "-shared_at"

    def first_rows(self, koc: str, size: int) -> list[ListedShare]:
        return own_rows(self.request, koc, size, newest_shares)

    def listed(self, rows: QuerySet[Share]) -> QuerySet[Any, Any]:
        return listed_shares(rows)

    def shown(self, rows: Sequence[ListedShare]) -> list[dict[str, Any]]:
        ids = Share.public_ids_of(row.pk for row in rows)
        parents = Share.public_ids_by_number(row.parent_id for row in rows)
        kits = Kit.public_ids_by_number(row.kit_id for row in rows)
        return [
            {
                "id": public_id,
                "code": row.code,
                "url": link_of(row.code),
                "channel": row.channel,
                "kit": {"id": kits[row.kit_id], "title": row.kit_title},
                "parent": parents[row.parent_id],
                "depth": row.depth,
                "visits": row.counted_visits,
                "created_at": row.shared_at,
            }
            for public_id, row in zip(ids, rows, strict=True)
        ]


class ShareView(APIView):
    @extend_schema(tags=["shares"], operation_id="share", responses={200: ShareDetailSerializer})
    def get(self, request: Request, share_id: str) -> Response:
        """Read one of your shares, with what is needed to post it again."""
        shares: Any = shares_of(asker(request)).with_public_id(share_id)  # type: ignore[attr-defined]
        return Response(ShareDetailSerializer(get_object_or_404(with_visits(shares))).data)


class ProvingSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    image = PictureField(required=False, help_text="a screenshot, in a form")
    marked = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="whether the post is marked as advertising"
    )


class ProofSerializer(RowSerializer[PostProof]):
    created_at = serializers.DateTimeField(source="sent_at", read_only=True)
    marked = serializers.BooleanField(source="is_marked", allow_null=True, read_only=True)
    image = ShownPicture(source="picture", allow_null=True, read_only=True)

    class Meta:
        model = PostProof
        fields = ("id", "url", "image", "marked", "status", "reason", "created_at")


class ShareProofView(TakesPictures, APIView):
    parser_classes = (BoundedJSONParser, PictureParser)

    @idempotent(
        tags=["shares"],
        operation_id="share_proof",
        request={"application/json": ProvingSerializer, "multipart/form-data": ProvingSerializer},
        responses={201: ProofSerializer, 200: ProofSerializer},
    )
    def post(self, request: Request, share_id: str) -> Response:
        """Say where the post of one of your shares is live: its address, a screenshot, or both. The same address again is
        the same proof, then with 200."""
        shares: Any = shares_of(asker(request)).with_public_id(share_id)  # type: ignore[attr-defined]
        share: Share = get_object_or_404(shares)
        asked = given(ProvingSerializer, request.data)
        image = asked.pop("image", None)
        picture = (  # before the transaction, which would hold its rows while the picture is drawn
            store_picture(brand=share.brand, file=image, by=asker(request), koc=share.koc, at=timezone.now())
            if image and not is_answered(request)
            else None
        )
        return once(request, lambda: self._prove(share, picture=picture, **asked))

    def _prove(self, share: Share, *, url: str, marked: bool | None, picture: Media | None) -> Response:
        at = timezone.now()
        proof, fresh = send_proof(share=share, url=url, picture=picture, is_marked=marked, at=at)
        return Response(ProofSerializer(proof).data, status=201 if fresh else 200)


class ShareWeComView(APIView):
    @extend_schema(tags=["shares"], operation_id="share_wecom", responses={200: WeComSerializer})
    def get(self, request: Request, share_id: str) -> Response:
        """Read one of your shares as WeCom's calls for a group send or for Moments take it."""
        shares: Any = shares_of(asker(request)).with_public_id(share_id)  # type: ignore[attr-defined]
        shared = shared_texts(get_object_or_404(shares))
        return Response(WeComSerializer(wecom_attachments(shared, at=timezone.now())).data)


class SharePropagationView(APIView):
    @extend_schema(tags=["shares"], operation_id="share_propagation", responses={200: PropagationSerializer})
    def get(self, request: Request, share_id: str) -> Response:
        """Read how one of your shares travelled, and the tree to draw."""
        shares: Any = shares_of(asker(request)).with_public_id(share_id)  # type: ignore[attr-defined]
        return Response(
            PropagationSerializer(propagation_of(get_object_or_404(shares.select_related("kit", "brand")))).data
        )


def propagation_of(share: Share) -> Propagation:
    """A whole cascade is read as it was aggregated, when little is left to aggregate; what grew from a share within one is
    measured."""
    known = (
        aggregated_propagation(share)
        if share.parent_id is None and aggregate_spread(brand=share.brand, at=timezone.now(), batches=1)
        else None
    )
    return known or share_propagation(share)
