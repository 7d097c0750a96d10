"""The same on S3: pictures and exports in a bucket that web and workers share, and that nobody reads without a
signature."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from accounts.brands.models import Brand
from commissions.exports.models import Export
from commissions.exports.services import ask_export, export_files, forget_exports, write_next_export
from content.media.models import Media
from content.media.rendering.addresses import address_of
from content.media.services.pictures import remove_picture, store_picture
from content.media.services.sweeping import sweep_media
from tests.support.factories import NOW, make_selling_brand, make_staff
from tests.support.media.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A local S3."""
    from moto.server import ThreadedMotoServer  # it is slow to import, and only used here

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Any) -> Iterator[Any]:
    """An empty bucket, and settings that name it."""
    import boto3

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    bucket = boto3.resource("s3", endpoint_url=server, region_name="us-east-1", **keys).Bucket("grove")
    bucket.create()
    settings.S3_BUCKET = "grove"
    settings.STORAGES = settings.STORAGES | {
        folder: {
            "BACKEND": "foundation.storage.s3.S3Files",
            "OPTIONS": {
                "bucket_name": "grove",
                "endpoint_url": server,
                "region_name": "us-east-1",
                "access_key": "key",
                "secret_key": "secret",
                "addressing": "path",
                "location": folder,
            },
        }
        for folder in ("media", "exports")
    }
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()
    bucket.meta.client.close()


def names_in(bucket: Any) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def store(brand: Brand, **given: Any) -> Media:
    return store_picture(brand=brand, file=jpeg((400, 300)), by=None, at=NOW, **given)


def test_pictures_lie_in_the_bucket(brand: Brand, bucket: Any) -> None:
    media = store(brand)
    assert names_in(bucket) == sorted(f"media/{name}" for name in media.names)
    assert store(brand).pk == media.pk
    assert len(names_in(bucket)) == 2
    bucket.put_object(Key=f"media/{media.stem[:9]}abc.jpg", Body=b"left")
    assert sweep_media(at=NOW.replace(day=3)) == 1
    assert len(names_in(bucket)) == 2
    remove_picture(media=media)
    assert names_in(bucket) == []


def test_a_private_picture_is_fetched_from_the_bucket_by_a_signature_that_expires(brand: Brand, server: str) -> None:
    media = store(brand)
    address = address_of(media, at=NOW, width=320)
    assert address.startswith(f"{server}/grove/media/{media.stem}-320.jpg?")
    assert "X-Amz-Expires=7200" in address
    assert "X-Amz-Signature=" in address
    response = httpx.get(address)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    assert response.headers["Content-Disposition"] == f'inline; filename="{media.public_id}-320.jpg"'
    with storages["media"].open(media.name_at(320)) as file:
        assert response.content == file.read()


def test_a_public_picture_keeps_its_address_at_grove(brand: Brand, client: Any, settings: Any) -> None:
    media = store(brand, is_private=False)
    address = address_of(media, at=NOW)
    assert address == f"{settings.PUBLIC_URL}/media/{media.public_id}.jpg"
    response = client.get(address.removeprefix(settings.PUBLIC_URL))
    assert len(b"".join(response.streaming_content)) == media.bytes
    assert response["Content-Type"] == "image/jpeg"
    for name in media.names:
        storages["media"].delete(name)
    assert client.get(address.removeprefix(settings.PUBLIC_URL)).status_code == 404


def test_a_name_that_is_stored_again_has_the_new_file() -> None:
    files = storages["exports"]
    assert [files.save("1.csv", ContentFile(content)) for content in (b"old", b"new")] == ["1.csv"] * 2
    with files.open("1.csv") as file:
        assert file.read() == b"new"
    with pytest.raises(FileNotFoundError):
        files.open("2.csv")
    assert files.listdir("nowhere") == ([], [])


def test_exports_lie_in_the_bucket_and_are_fetched_by_any_machine(bucket: Any, client: Any) -> None:
    brand = make_selling_brand("lumi")
    staff = make_staff(brand)
    export = ask_export(brand=brand, kind="commissions", period="2026-03", format="csv", by=staff, at=NOW)
    assert write_next_export(at=NOW)
    export.refresh_from_db()
    assert (export.status, names_in(bucket)) == ("done", [f"exports/{export.pk}.csv"])
    client.force_login(staff)
    response = client.get(f"/admin/commissions/export/{export.pk}/file")
    assert b"".join(response.streaming_content).startswith(BOM_UTF8 + b"period,")
    export_files().save("999.csv", ContentFile(b"of a row that never was"))
    assert forget_exports(at=NOW.replace(day=20)) == 1
    assert names_in(bucket) == []
    assert Export.objects.get().status == "expired"
