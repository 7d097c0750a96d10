from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.texts import Text, post_text, texts_for
from content.kits.models import Kit
from tests.support.clients import Person, errors, results
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_user

pytestmark = pytest.mark.django_db


def listed(koc: Koc, **query: Any) -> list[str]:
    return [kit["title"] for kit in results(Person(koc.user).read("kits", koc=koc.public_id, **query))]


def test_a_koc_sees_the_published_kits_of_its_brand(brand: Brand, koc: Koc) -> None:
    product = make_product(brand, "S1", name="Serum")
    kit = make_kit(brand, product=product, title="28 days")
    make_kit(brand, status="draft")
    make_kit(brand, status="ended")
    make_kit(make_brand())
    [shown] = results(Person(koc.user).read("kits", koc=koc.public_id))
    assert (shown["id"], shown["title"], shown["disclosure"], shown["channels"]) == (
        kit.public_id,
        "28 days",
        "广告",
        ["any"],
    )
    assert shown["product"] == {
        "id": product.public_id,
        "sku": "S1",
        "name": "Serum",
        "category": "skincare",
        "price_minor": 9900,
        "in_stock": True,
    }
    assert [section["kind"] for section in shown["sections"]] == ["usage", "service", "value"]
    assert Person(koc.user).read(f"kits/{kit.public_id}").json() == shown


def test_the_list_needs_a_membership_of_ones_own(brand: Brand, koc: Koc) -> None:
    make_kit(brand)
    missing = Person(koc.user).read("kits")
    assert (missing.status_code, errors(missing)) == (400, [("required", "koc")])
    sponsor = make_koc(brand, user=make_user())
    for other in (sponsor.user, make_user()):
        assert Person(other).read("kits", koc=koc.public_id).status_code == 404
    assert Person(koc.user).read("kits", koc="koc_x").status_code == 404
    assert Person().read("kits", koc=koc.public_id).status_code == 401


def test_one_kit_is_shown_to_active_kocs_of_its_brand_alone(brand: Brand, koc: Koc) -> None:
    kit, draft, ended = make_kit(brand), make_kit(brand, status="draft"), make_kit(brand, status="ended")
    applicant = make_koc(brand, user=make_user(), status="applied")
    other = make_koc(make_brand(), user=make_user())
    assert Person(koc.user).read(f"kits/{kit.public_id}").status_code == 200
    for user in (applicant.user, other.user, make_user()):
        assert Person(user).read(f"kits/{kit.public_id}").status_code == 404
    for hidden in (draft.public_id, ended.public_id, "kit_x", koc.public_id):
        assert Person(koc.user).read(f"kits/{hidden}").status_code == 404
    assert listed(applicant) == []


def test_the_list_is_filtered(brand: Brand, koc: Koc) -> None:
    serum, mask = make_product(brand, "S1", name="Serum"), make_product(brand, "M1", name="Mask", category="masks")
    make_kit(brand, title="A", product=serum)
    make_kit(brand, title="B", product=mask)
    make_kit(brand, title="C", texts=[Text("usage", "douyin", "看视频")])
    Kit.objects.filter(title="B").update(language="en")
    assert set(listed(koc)) == {"A", "B", "C"}
    assert listed(koc, product="M1") == listed(koc, product=mask.public_id) == ["B"]
    assert listed(koc, category="masks") == ["B"]
    assert set(listed(koc, channel="moments")) == {"A", "B"}
    assert set(listed(koc, channel="douyin")) == {"A", "B", "C"}
    assert (listed(koc, language="en"), set(listed(koc, language="zh-hans"))) == (["B"], {"A", "C"})
    assert listed(koc, q="视频") == ["C"]
    assert listed(koc, q="seru") == ["A"]
    assert listed(koc, q="\x01") == []
    assert listed(koc, ordering="title") == ["A", "B", "C"]
    assert listed(koc, ordering="-title") == ["C", "B", "A"]
    for field, value in [("channel", "radio"), ("language", "fr"), ("ordering", "price"), ("q", "\x00")]:
        refused = Person(koc.user).read("kits", koc=koc.public_id, **{field: value})
        assert (refused.status_code, errors(refused)[0][1]) == (400, field)


def test_pages_hold_in_the_order_that_was_asked_for(brand: Brand, koc: Koc) -> None:
    for title in ["B", "A", "B", "C", "B"]:
        make_kit(brand, title=title)
    person, url, seen = Person(koc.user), f"/api/v1/kits?koc={koc.public_id}&ordering=-title&page_size=2", []
    while url:
        page = person.get(url)
        seen += [(kit["title"], kit["id"]) for kit in results(page)]
        url = page.json()["next"]
    assert [title for title, _ in seen] == ["C", "B", "B", "B", "A"]
    assert len({pk for _, pk in seen}) == 5
    [cursor] = parse_qs(urlsplit(person.read("kits", koc=koc.public_id, page_size=1).json()["next"]).query)["cursor"]
    assert person.read("kits", koc=koc.public_id, cursor=cursor).status_code == 200
    assert person.read("kits", koc=koc.public_id, cursor=cursor, ordering="title").status_code == 400, (
        "a cursor of another order"
    )


def test_twenty_kits_take_as_many_queries_as_one(brand: Brand, koc: Koc) -> None:
    product = make_product(brand)
    person = Person(koc.user)
    make_kit(brand, product=product)
    with CaptureQueriesContext(connection) as one:
        assert len(results(person.read("kits", koc=koc.public_id))) == 1
    for _more in range(19):
        make_kit(brand, product=product)
    with CaptureQueriesContext(connection) as twenty:
        assert len(results(person.read("kits", koc=koc.public_id))) == 20
    assert len(one) == len(twenty) <= 6


def test_a_text_for_the_channel_stands_before_one_for_any() -> None:
    said = [
        ("usage", "any", "u"), ("service", "any", "s"), ("usage", "douyin", "U1"), ("usage", "douyin", "U2"), ("value", "moments", "v"),
    ]  # fmt: skip
    texts = [Text(*text) for text in said]
    assert [text.text for text in texts_for("douyin", texts)] == ["s", "U1", "U2"]
    assert [text.text for text in texts_for("moments", texts)] == ["u", "s", "v"]
    assert [text.text for text in texts_for("any", texts)] == ["u", "s"]


def test_every_post_carries_the_mark_of_advertising() -> None:
    assert (
        post_text([Text("usage", "any", "好用"), Text("value", "any", "值")], "https://g/s/1")
        == "好用\n值\n广告 https://g/s/1"
    )
    assert post_text([], "https://g/s/1") == "广告 https://g/s/1"
