"""Pictures over HTTP: fetched at their addresses, and read from forms."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from django.views import View
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import asker, own_koc
from content.media.domain.formats import CONTENT_TYPES, EXTENSIONS
from content.media.domain.headers import scale_of
from content.media.domain.limits import MOST_BYTES, MOST_PICTURES
from content.media.domain.refusals import PictureRefused, PictureTooLarge
from content.media.domain.sizes import width_for
from content.media.models import Media
from content.media.rendering.addresses import (
    THUMBNAIL,
    Asked,
    address_of,
    asked_by_name,
    asked_by_signature,
    file_name_of,
)
from content.media.rendering.pictures import inspected
from content.media.selectors import avatar_of
from content.media.services.avatars import remove_avatar, set_avatar
from content.media.services.pictures import store_picture
from foundation.http.bodies import given
from foundation.texts.translation import translated_messages

YEAR, HOUR = 31_536_000, 3_600


class PictureView(View):
    """A public picture. Its address never shows another one, so whoever fetched it keeps it."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        asked = asked_by_name(name)
        media = _found(asked, is_private=False)
        if asked is None or not name.endswith(f".{EXTENSIONS[media.format]}"):
            raise Http404
        response = _shown(request, media, asked.width)
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
        return response


class PrivatePictureView(View):
    """A private picture, at an address that was signed for who may see it. Altered, or after its time, it is not
    found."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, signed: str) -> HttpResponseBase:
        asked = asked_by_signature(signed, at=timezone.now())
        response = _shown(request, _found(asked), asked.width if asked else None)
        patch_cache_control(response, private=True, max_age=HOUR)
        return response


def _found(asked: Asked | None, **of: bool) -> Media:
    media: Media | None = Media.objects.with_public_id(asked.public_id).filter(**of).first() if asked else None
    if media is None:
        raise Http404
    return media


def _shown(request: HttpRequest, media: Media, width: int | None) -> HttpResponseBase:
    """The file, streamed; nothing for who has it. A picture whose file is gone is not found."""
    shown = width_for(width, media.width)
    etag = quote_etag(f"{media.digest[:32]}-{shown or 0}")
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            file = storages["media"].open(media.name_at(width))
        except FileNotFoundError:
            raise Http404 from None
        response = FileResponse(
            file, content_type=CONTENT_TYPES[media.format], filename=file_name_of(media, shown), as_attachment=False
        )
        response["Content-Disposition"] = f'inline; filename="{file_name_of(media, shown)}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["ETag"] = etag
    return response


class PictureParser(MultiPartParser):
    """A form with files. Its view says by `most_bytes` that its body may be larger than 1 MiB."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError:  # the framework says why in English
            raise ParseError(_("The body is no form that can be read.")) from None


class TakesPictures:
    """A view whose form brings pictures, 10 MiB in all: a larger body is 413 before it is read."""

    most_bytes = MOST_BYTES
    parser_classes: Any = (PictureParser,)


@extend_schema_field(OpenApiTypes.BINARY)
class PictureField(serializers.FileField):
    """A picture in a form, judged by its first bytes and its header; `store_picture` opens it. Its name is not looked
    at. Raises PictureTooLarge, which is 413, beyond 10 MiB."""

    def to_internal_value(self, data: Any) -> Any:
        file = super().to_internal_value(data)
        try:
            scale_of(inspected(file))
        except PictureTooLarge as refusal:
            refusal.place = self.field_name or refusal.place
            raise
        except PictureRefused as refusal:
            text = " ".join(translated_messages(refusal))
            raise ValidationError([ErrorDetail(text, code=refusal.code)]) from None
        return file


class PicturesField(serializers.ListField):
    """The pictures of a post, in their order."""

    child = PictureField()

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": MOST_PICTURES} | options)


class ShownPicture(serializers.Serializer[Media]):
    """A picture as a client shows it; `url` of a private one is good for an hour."""

    id = serializers.CharField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    width = serializers.IntegerField(read_only=True)
    height = serializers.IntegerField(read_only=True)
    alt = serializers.CharField(read_only=True)

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, media: Media) -> str:
        return address_of(media, at=timezone.now())

    @extend_schema_field(OpenApiTypes.URI)
    def get_thumbnail_url(self, media: Media) -> str:
        return address_of(media, at=timezone.now(), width=THUMBNAIL)


class AvatarSerializer(serializers.Serializer[Any]):
    image = PictureField()


class AvatarView(TakesPictures, APIView):
    """What a membership shows of oneself, on posters and on the pages of shares: everybody may see it."""

    @extend_schema(tags=["me"], operation_id="avatar", responses={200: ShownPicture})
    def get(self, request: Request, koc_id: str) -> Response:
        """Read the avatar of one of your memberships."""
        media = avatar_of(own_koc(asker(request), koc_id).pk)
        if media is None:
            raise Http404
        return Response(ShownPicture(media).data)

    @extend_schema(
        tags=["me"],
        operation_id="avatar_set",
        request={"multipart/form-data": AvatarSerializer},
        responses={200: ShownPicture},
    )
    def put(self, request: Request, koc_id: str) -> Response:
        """Show a picture of yourself: your posters do from now on. Of one that is not square the middle is shown."""
        koc = own_koc(asker(request), koc_id)
        file, at = given(AvatarSerializer, request.data)["image"], timezone.now()
        media = store_picture(brand=koc.brand, koc=koc, file=file, by=koc.user, is_private=False, at=at)
        set_avatar(koc=koc, media=media, at=at)
        return Response(ShownPicture(media).data)

    @extend_schema(tags=["me"], operation_id="avatar_remove", responses={204: None})
    def delete(self, request: Request, koc_id: str) -> Response:
        """Show no picture of yourself any more."""
        remove_avatar(koc=own_koc(asker(request), koc_id))
        return Response(status=204)
