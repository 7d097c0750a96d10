"""A share draws one of several texts, and keeps it."""

from collections import Counter

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.texts import Text
from content.kits.models import Kit, VariantResult
from content.kits.services.variants import CountedVariant, keep_results
from content.kits.services.versions import publish_texts
from referrals.shares.models import Share
from referrals.shares.rendering import shared_texts
from referrals.shares.services.sharing import share_kit
from tests.support.clients import Person
from tests.support.factories import NOW, make_kit, make_koc, make_share

pytestmark = pytest.mark.django_db
TEXTS = [
    Text("usage", "any", "一", "A"),
    Text("value", "any", "值得"),
    Text("usage", "any", "二", "B"),
    Text("usage", "douyin", "视频"),
]


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand, texts=TEXTS)


def learned(kit: Kit, a: tuple[int, int], b: tuple[int, int]) -> None:
    assert kit.version is not None
    counted = [CountedVariant(kit.version.pk, "moments", "usage:any", name, *of) for name, of in (("A", a), ("B", b))]
    keep_results(results=counted, at=NOW)


def variant_of(share: Share) -> str:
    assert share.drawn is not None
    return str(share.drawn["usage:any"])


def shared(brand: Brand, kit: Kit, channel: str = "moments") -> Share:
    return share_kit(koc=make_koc(brand), kit=kit, channel=channel, via="", at=NOW).share


def test_a_tap_gives_one_of_the_texts_and_the_share_says_the_same_ever_after(koc: Koc, kit: Kit) -> None:
    person = Person(koc.user)
    tapped = person.send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments"}).json()
    share = Share.objects.get()
    variant = variant_of(share)
    said = [{"A": "一", "B": "二"}[variant], "值得"]
    assert sorted(text["text"] for text in tapped["texts"]) == sorted(said)
    assert len(tapped["texts"]) == 2
    other = "B" if variant == "A" else "A"
    sure = {variant: (10_000, 0), other: (10_000, 9_000)}
    learned(kit, sure["A"], sure["B"])
    again = person.send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments"})
    assert (again.status_code, again.json()) == (200, tapped)
    assert person.read(f"shares/{share.public_id}").json()["texts"] == tapped["texts"]
    publish_texts(kit=kit, texts=[Text("usage", "any", "新")], at=NOW)
    assert person.read(f"shares/{share.public_id}").json()["texts"] == tapped["texts"]


def test_shares_say_what_sells_on_their_own_channel(brand: Brand, kit: Kit) -> None:
    learned(kit, (5_000, 10), (5_000, 500))
    drawn = Counter(variant_of(shared(brand, kit)) for _ in range(60))
    assert drawn["B"] > 50
    elsewhere = Counter(variant_of(shared(brand, kit, "xiaohongshu")) for _ in range(60))
    assert elsewhere["A"] > 10, "nothing is known of that channel"


def test_a_channel_with_a_text_of_its_own_has_nothing_to_draw(brand: Brand, kit: Kit) -> None:
    share = shared(brand, kit, "douyin")
    assert share.drawn is None
    assert [text.text for text in shared_texts(share).texts] == ["值得", "视频"]


def test_a_share_that_drew_nothing_says_the_first(brand: Brand, koc: Koc, kit: Kit) -> None:
    imported = make_share(koc, kit)
    assert [text.text for text in shared_texts(imported).texts] == ["一", "值得"]


def test_the_draw_follows_from_the_code_and_the_version(
    brand: Brand, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter("abcdefgh" + "abcdefgh")
    monkeypatch.setattr("referrals.shares.services.sharing.CODE_LENGTH", 1)
    monkeypatch.setattr("referrals.shares.services.sharing.secrets.choice", lambda letters: next(codes))
    first = [variant_of(shared(brand, kit)) for _ in range(8)]
    Share.objects.update(code=Concat("code", Value("-before")))
    assert [variant_of(shared(brand, kit)) for _ in range(8)] == first
    assert set(first) == {"A", "B"}


def test_variants_cost_a_tap_one_small_query(brand: Brand, koc: Koc, kit: Kit) -> None:
    plain, person = make_kit(brand, texts=[Text("usage", "any", "一")]), Person(koc.user)

    def queries(kit: Kit, channel: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            tapped = person.send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": channel})
        assert tapped.status_code == 201
        return [query["sql"] for query in seen.captured_queries]

    for known in (plain, kit):  # the texts of a version are read once in a process
        queries(known, "weibo")
    without, having = queries(plain, "moments"), queries(kit, "moments")
    table = VariantResult._meta.db_table
    assert [table in sql for sql in having].count(True) == 1
    assert len(having) == len(without) + 1
