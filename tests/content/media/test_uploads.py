"""Forms with pictures: judged before they are stored, and refused before they are read when they are too large."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import once
from accounts.access.permissions.own import asker
from accounts.brands.models import Brand
from config.bodies import BodyLimit, most_bytes
from config.urls import urlpatterns as of_grove
from content.media.api import PictureField, PicturesField, ShownPicture, TakesPictures
from content.media.domain.limits import MOST_BYTES
from content.media.domain.refusals import PictureTooLarge
from content.media.services.pictures import store_picture
from tests.support.clients import errors
from tests.support.factories import NOW, make_user
from tests.support.media.pictures import jpeg, png, png_that_claims, sample

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
MIB = 2**20


class Post(serializers.Serializer[Any]):
    text = serializers.CharField()
    images = PicturesField()
    image = PictureField(required=False)


class PostView(TakesPictures, APIView):
    """As a view that takes pictures is written."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        post = Post(data=request.data)
        post.is_valid(raise_exception=True)
        brand = Brand.objects.get()
        stored: Any = [
            store_picture(brand=brand, file=file, by=asker(request), at=NOW) for file in post.validated_data["images"]
        ]
        return Response(ShownPicture(stored, many=True).data, status=201)


class OncePostView(PostView):
    """The same, answered once a key."""

    def post(self, request: Request) -> Response:
        return once(request, lambda: PostView.post(self, request))


urlpatterns = [
    *of_grove,
    path("api/v1/posts", PostView.as_view()),
    path("api/v1/once", OncePostView.as_view()),
]


def send(*pictures: Any, **more: Any) -> Any:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(make_user())
    files = [SimpleUploadedFile("../evil.php\x00.html", one.getvalue(), content_type="text/html") for one in pictures]
    return client.post("/api/v1/posts", {"text": "x", "images": files, **more}, format="multipart")


def test_pictures_come_in_a_form_in_their_order_whatever_they_are_called(brand: Brand) -> None:
    response = send(jpeg((400, 300)), png((100, 50)), sample("phone.heic"))
    assert response.status_code == 201, response.content
    shown = response.json()
    assert [(one["width"], one["height"]) for one in shown] == [(400, 300), (100, 50), (96, 64)]
    assert set(shown[0]) == {"id", "url", "thumbnail_url", "width", "height", "alt"}
    assert "/media/private/med_" in shown[0]["url"]
    assert shown[0]["url"] != shown[0]["thumbnail_url"]


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (BytesIO(b"hello"), "not_a_picture"),
        (BytesIO(b"GIF89a........"), "picture_format"),
        (png_that_claims(30_000, 30_000), "picture_too_many_pixels"),
        (BytesIO(jpeg().getvalue()[:40]), "picture_broken"),
        (BytesIO(b""), "empty"),
    ],
)
def test_a_picture_that_is_refused_is_named_by_its_place(brand: Brand, picture: BytesIO, code: str) -> None:
    response = send(jpeg(), picture)
    assert (response.status_code, errors(response)) == (400, [(code, "images.1")])


def test_one_that_turns_out_to_be_damaged_is_refused_too(brand: Brand) -> None:
    response = send(BytesIO(jpeg((400, 300)).getvalue()[:-400]))
    assert (response.status_code, errors(response)) == (400, [("picture_broken", "image")])


def test_a_form_with_the_same_pictures_is_answered_once_a_key(brand: Brand) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(make_user())

    def post(*pictures: BytesIO) -> Any:
        files = [SimpleUploadedFile("a.jpg", one.getvalue()) for one in pictures]
        said = {"text": "x", "images": files}
        return client.post("/api/v1/once", said, format="multipart", headers={"Idempotency-Key": "k"})

    first, again, other = post(jpeg(), png((9, 9))), post(jpeg(), png((9, 9))), post(png((8, 8)), png((9, 9)))
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")


def test_eighteen_pictures_are_the_most(brand: Brand) -> None:
    response = send(*[jpeg((8, 8))] * 19)
    assert (response.status_code, errors(response)) == (400, [("max_length", "images")])
    assert send(*[jpeg((8, 8))] * 18).status_code == 201


def test_without_a_form_it_is_said(brand: Brand) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(make_user())
    assert client.post("/api/v1/posts", {"text": "x"}, format="json").status_code == 415
    kind = "multipart/form-data; boundary=x"
    broken = client.generic("POST", "/api/v1/posts", "--x\r\nnonsense", content_type="multipart/form-data")
    assert (broken.status_code, errors(broken)) == (400, [("parse_error", None)])
    assert client.generic("POST", "/api/v1/posts", "--x\r\nnonsense", content_type=kind).status_code == 400


class Unread:
    """A body that must not be read."""

    def read(self, *size: int) -> bytes:
        raise AssertionError("the body was read")


def limited(length: int, kind: str = "multipart/form-data; boundary=x", path: str = "/api/v1/posts") -> HttpResponse:
    request = RequestFactory().post(path, content_type=kind, CONTENT_LENGTH=str(length))
    unread: Any = Unread()
    request.environ["wsgi.input"] = request._stream = unread
    return BodyLimit(lambda request: JsonResponse({}))(request)


@pytest.mark.parametrize(
    ("length", "kind", "address"),
    [
        (MOST_BYTES + 1, "multipart/form-data; boundary=x", "/api/v1/posts"),
        (MIB + 1, "application/json", "/api/v1/posts"),
        (MIB + 1, "multipart/form-data; boundary=x", "/api/v1/withdrawals"),
        (MIB + 1, "multipart/form-data; boundary=x", "/nowhere"),
        (181 * MIB + 1, "multipart/form-data; boundary=x", "/admin/content/media/add/"),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(length: int, kind: str, address: str) -> None:
    response = limited(length, kind, address)
    assert response.status_code == 413
    assert "10 MiB" in response.content.decode() or length != MOST_BYTES + 1


def test_pages_of_the_back_office_take_files_of_any_size_unless_they_say_so() -> None:
    assert limited(500 * MIB, path="/admin/commissions/payoutbatch/").status_code == 200
    assert limited(181 * MIB, path="/admin/content/media/add/").status_code == 200


def test_a_path_says_how_much_it_takes() -> None:
    assert [most_bytes(address) for address in ("/api/v1/posts", "/api/v1/me", "/nowhere")] == [10 * MIB, MIB, MIB]


def test_a_form_goes_to_the_disk_and_what_nobody_read_is_read_to_its_end() -> None:
    request = RequestFactory().post("/api/v1/posts", {"file": SimpleUploadedFile("a", b"x" * 200_000)})

    def view(request: HttpRequest) -> HttpResponse:
        assert not hasattr(request, "_body")
        return HttpResponse()

    assert BodyLimit(view)(request).status_code == 200
    assert request.read(1) == b""


def test_a_field_says_too_large_as_413(brand: Brand) -> None:
    field = PictureField()
    field.field_name = "image"
    with pytest.raises(PictureTooLarge) as refused:
        field.run_validation(SimpleUploadedFile("a.jpg", jpeg().getvalue() + b"\0" * MOST_BYTES))
    assert refused.value.place == "image"
    with pytest.raises(ValidationError):
        field.run_validation("text")
