"""A text that says for how many days its KOC has used the product."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.texts import Text
from content.kits.models import Heading, Kit
from content.kits.services.versions import draft_of
from content.products.models import Product, ProductUse
from referrals.shares.models import Share
from referrals.shares.rendering import shared_texts
from tests.support.clients import me
from tests.support.factories import NOW, make_kit, make_koc, make_product, make_share, make_staff

pytestmark = pytest.mark.django_db
SAID = Text("usage", "any", "用了{days|好几}天")


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand, product=make_product(brand), texts=[SAID])


def use(koc: Koc, kit: Kit, since: datetime, **fields: Any) -> None:
    said: dict[str, Any] = {"source": "order", "evidence": "A-1", "recorded_at": NOW, "product": kit.product} | fields
    ProductUse.objects.create(brand=koc.brand, koc=koc, since=since, **said)


def text(share: Share) -> str:
    return shared_texts(share).texts[0].text


def test_the_days_are_those_until_it_was_shared(koc: Koc, kit: Kit) -> None:
    use(koc, kit, NOW - timedelta(days=28))
    assert text(make_share(koc, kit, shared_at=NOW)) == "用了28天"
    assert text(make_share(koc, kit, shared_at=NOW + timedelta(days=2))) == "用了30天"


def test_what_staff_know_counts_too_and_the_earliest_of_both(koc: Koc, kit: Kit) -> None:
    use(koc, kit, NOW - timedelta(days=3))
    use(koc, kit, NOW - timedelta(days=40), source="hand", by=make_staff(koc.brand))
    assert text(make_share(koc, kit)) == "用了40天"


def test_the_day_is_the_brands(koc: Koc, kit: Kit) -> None:
    """At 02:00 UTC on the first of March it is ten in the morning in Shanghai: since midnight there it is one day."""
    use(koc, kit, NOW - timedelta(hours=10, minutes=1))
    share = make_share(koc, kit, shared_at=NOW + timedelta(days=1))
    assert text(share) == "用了2天"


def test_who_has_not_used_it_says_the_other_words_and_never_a_number(brand: Brand, koc: Koc, kit: Kit) -> None:
    use(make_koc(brand), kit, NOW - timedelta(days=9))
    ProductUse.objects.create(
        brand=brand,
        koc=koc,
        product=make_product(brand, "S2"),
        source="order",
        since=NOW,
        evidence="A",
        recorded_at=NOW,
    )
    share = make_share(koc, kit)
    assert text(share) == "用了好几天"
    use(koc, kit, NOW + timedelta(days=1))
    assert text(share) == "用了好几天", "when it was shared it was not true"


def test_what_was_said_stays_when_it_is_read_later_but_goes_with_the_use(koc: Koc, kit: Kit) -> None:
    use(koc, kit, NOW - timedelta(days=5))
    tapped = me(koc).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments"}).json()
    days = tapped["texts"][0]["text"]
    assert days.removeprefix("用了").removesuffix("天").isdigit()
    assert me(koc).read(f"shares/{tapped['id']}").json()["texts"][0]["text"] == days
    ProductUse.objects.all().delete()
    assert me(koc).read(f"shares/{tapped['id']}").json()["texts"][0]["text"] == "用了好几天"


@pytest.mark.parametrize("said", ["用了{days}天", "用了{days|30}天"])
def test_a_text_of_a_file_that_would_say_a_false_number_is_left_out(brand: Brand, koc: Koc, said: str) -> None:
    """What a file publishes nobody checked; here the text for any channel stands in."""
    texts = [Text("usage", "moments", said), Text("usage", "any", "好用")]
    kit = make_kit(brand, product=make_product(brand), texts=texts)
    share = make_share(koc, kit, version=kit.version)
    assert [one.text for one in shared_texts(share).texts] == ["好用"]
    assert "天" not in shared_texts(share).post.text
    use(koc, kit, NOW - timedelta(days=28))
    assert [one.text for one in shared_texts(share).texts] == ["用了28天"]


def test_a_title_may_say_it(koc: Koc, kit: Kit) -> None:
    draft = draft_of(kit=kit, by=None, at=NOW)
    Heading.objects.create(version=draft, channel="xiaohongshu", title="{days|很多}天实测")
    use(koc, kit, NOW - timedelta(days=28))
    assert shared_texts(make_share(koc, kit, channel="xiaohongshu", version=draft)).post.title == "28天实测"


def test_the_page_of_a_share_says_it_and_others_do_not_ask(brand: Brand, koc: Koc, kit: Kit, client: Client) -> None:
    use(koc, kit, NOW - timedelta(days=28))
    plain = make_kit(brand, product=Product.objects.get(brand=brand), texts=[SAID._replace(text="用了很多天")])
    pages, asked = [], []
    for one in (kit, plain):
        share = make_share(koc, one, version=one.version)
        with CaptureQueriesContext(connection) as queries:
            pages.append(client.get(f"/s/{share.code}?view=1").content.decode())
        asked.append([query["sql"] for query in queries if ProductUse._meta.db_table in query["sql"]])
    assert "用了28天" in pages[0]
    assert [len(queries) for queries in asked] == [1, 0]
