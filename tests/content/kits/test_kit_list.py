"""The list of kits is what its serializer says, byte for byte."""

from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.api import KitSerializer
from content.kits.domain.texts import Text
from content.kits.models import Kit, KitVersion, Section, VersionPicture
from content.kits.selectors.kits import kits_for, with_contents
from content.media.models import Media
from content.products.models import Product, ProductPicture
from tests.support.clients import check_list, me, results
from tests.support.factories import NOW, make_kit, make_koc, make_product, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


def make_media(brand: Brand, number: int, **fields: Any) -> Media:
    """A picture without files: lists show addresses alone."""
    said: dict[str, Any] = {
        "format": "jpeg",
        "width": 1600,
        "height": 1200,
        "bytes": 1,
        "is_private": False,
        "created_at": NOW,
    }
    return Media.objects.create(brand=brand, digest=f"{number:064x}", stem=f"20260301/{number}", **said | fields)


@pytest.fixture
def kits(brand: Brand, koc: Koc) -> list[Kit]:
    """Of every sort that a list may hold."""
    author = make_koc(brand, "deer", name="小鹿")
    nameless = make_koc(brand, "deer2", name="")
    product, bare = (
        make_product(brand, "S1", name="精华\u2028油"),
        make_product(brand, "S2", in_stock=False, category=""),
    )
    for position, number in enumerate((3, 1, 2)):
        ProductPicture.objects.create(product=product, media=make_media(brand, number, alt="瓶"), position=position)
    said = [
        Text("usage", "moments", 'A "b" \\ c', "A"),
        Text("usage", "moments", "二", "B"),
        Text("value", "any", "值\n得"),
    ]
    now = timezone.now()
    made = [
        make_kit(
            brand, product=product, author=author, title="🌸 28 天", created_at=now - timedelta(days=1), texts=said
        ),
        make_kit(brand, product=bare, author=nameless, created_at=now - timedelta(days=2), language="en"),
        make_kit(brand, product=None, created_at=now - timedelta(days=2)),
        make_kit(brand, product=product, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(microseconds=5)),
        make_kit(brand, product=product, status=Kit.Status.DRAFT, created_at=now),
    ]
    own = made[-1]
    version = KitVersion.objects.create(
        kit=own,
        number=1,
        title=own.title,
        written_at=now,
        channels=["douyin", "moments"],
        usage_rights="三个月",
        checklist=["带广告", "晒图"],
    )
    for number, fields in enumerate(({"is_private": True}, {"format": "png", "width": 200}, {})):
        media = make_media(brand, 10 + number, **cast(dict[str, Any], fields))
        VersionPicture.objects.create(version=version, media=media, position=number)
    Section.objects.bulk_create(
        Section(version=version, kind=text.kind, channel=text.channel, text=text.text, position=position)
        for position, text in enumerate(said)
    )
    KitVersion.objects.filter(pk=version.pk).update(status=KitVersion.Status.PUBLISHED, published_at=now)
    Kit.objects.filter(pk=own.pk).update(status=Kit.Status.PUBLISHED, version=version)
    return list(with_contents(kits_for(koc, Kit.objects.order_by("-created_at", "-pk"), at=now)))


def test_the_list_says_what_the_serializer_says(koc: Koc, kits: list[Kit]) -> None:
    assert {kit.status for kit in kits} == {"published"}
    check_list(koc, "kits", KitSerializer, kits)


def test_a_list_that_is_filtered_says_the_same(koc: Koc, kits: list[Kit]) -> None:
    by_id = {kit["id"]: kit for kit in results(me(koc).read("kits", koc=koc.public_id))}
    assert len(by_id) == len(kits)
    product = Product.objects.get(sku="S1")
    for query in ({"product": "S1"}, {"product": product.public_id}, {"q": "精华"}, {"category": "skincare"}):
        found = results(me(koc).read("kits", koc=koc.public_id, **query))
        assert found == [by_id[kit.public_id] for kit in kits if kit.product_id == product.pk]
    assert [kit["title"] for kit in results(me(koc).read("kits", koc=koc.public_id, ordering="title"))] == sorted(
        kit["title"] for kit in by_id.values()
    )


def test_who_is_not_active_has_an_empty_list_and_strangers_none(brand: Brand, kits: list[Kit]) -> None:
    applicant = make_koc(brand, user=make_user(), status="applied")
    assert results(me(applicant).read("kits", koc=applicant.public_id)) == []
    stranger = make_koc(brand, user=make_user())
    assert me(stranger).read("kits", koc=applicant.public_id).status_code == 404
