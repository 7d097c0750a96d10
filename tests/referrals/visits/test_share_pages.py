"""The page of a share: what a reader sees who asks for it, in their language, counted once."""

import gzip
import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from content.kits.domain.texts import Text
from content.kits.models import Kit
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.clients import BROWSER, check_against_schema
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_share

pytestmark = pytest.mark.django_db
WECHAT = f"{BROWSER} MicroMessenger/8.0.49"


@pytest.fixture
def share() -> Share:
    brand = make_brand(name="Lumi & Co")
    texts = [Text("usage", "any", "我是{name}，<b>真的</b>用了{days|很多}天\n第二行"), Text("value", "weibo", "别处")]
    kit = make_kit(brand, product=make_product(brand, "S1", name="Serum"), texts=texts)
    return make_share(make_koc(brand, name="小美"), kit)


def page(
    share: Share, *, language: str = "zh-CN", agent: str = WECHAT, client: Client | None = None, **headers: str
) -> Any:
    client = client or Client(headers={"User-Agent": agent})
    response = client.get(f"/s/{share.code}?view=1", headers={"Accept-Language": language})
    check_against_schema(response)
    return response


def test_a_reader_sees_who_recommends_what_and_that_it_is_advertising(share: Share) -> None:
    response = page(share)
    text = unescape(response.content.decode())
    assert response.status_code == 200
    assert 'lang="zh-hans"' in text
    for seen in ("小美 推荐", "Lumi & Co", "广告", "真的", "用了很多天\n第二行", "Serum", "¥99.00", "去看商品"):
        assert seen in text
    assert "别处" not in text
    assert "<b>真的</b>" not in response.content.decode()  # a text is a text


def test_english_readers_read_english_around_the_koc_s_own_words(share: Share) -> None:
    text = unescape(page(share, language="en").content.decode())
    assert 'lang="en"' in text
    for seen in ("小美 recommends", "To the product", "CN¥99.00", "earns a commission"):
        assert seen in text


def test_the_visit_is_counted_once_and_its_button_carries_it_to_the_shop(share: Share) -> None:
    client = Client(headers={"User-Agent": WECHAT})
    first = page(share, client=client)
    visit = Visit.objects.get()
    onward = unescape(re.search(r'<nav.*?href="(.*?)"', first.content.decode(), re.DOTALL)[1])  # type: ignore[index]
    assert onward == f"https://shop.example/p/S1?grove_click={visit.public_id}"
    assert (visit.counted, first.headers["Cache-Control"]) == (True, "no-store")
    assert client.cookies["grove_visitor"].value == visit.visitor
    page(share, client=client)
    client.get(f"/s/{share.code}")
    assert [one.counted for one in Visit.objects.order_by("pk")] == [True, False, False]


def test_cards_have_a_title_a_text_and_an_address_and_nobody_is_counted(share: Share) -> None:
    response = page(share, agent="facebookexternalhit/1.1")
    text = unescape(response.content.decode())
    assert '<meta property="og:title" content="我的 28 天">' in text
    assert '<meta property="og:description" content="我是小美，<b>真的</b>用了很多天 第二行">' in text
    assert f'<meta property="og:url" content="{settings.PUBLIC_URL}/s/{share.code}">' in text
    assert not Visit.objects.filter(uncounted=Visit.Uncounted.NO).exists()
    assert Client().head(f"/s/{share.code}?view=1").status_code == 200
    before = Visit.objects.count()
    Client(headers={"User-Agent": WECHAT, "Sec-Purpose": "prefetch"}).get(f"/s/{share.code}?view=1")
    assert Visit.objects.count() == before


def test_it_is_light_needs_no_script_and_asks_nobody_else(share: Share) -> None:
    response = page(share)
    text = response.content.decode()
    assert len(gzip.compress(response.content)) < 60_000
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!/|https://shop\.example/)[^"]*"', text)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_kit_that_has_ended_has_no_page_and_leads_to_the_brand(share: Share) -> None:
    Kit.objects.update(status=Kit.Status.ENDED)
    response = page(share)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://shop.example/")


def test_nobody_s_code_is_a_page_that_says_so() -> None:
    assert Client().get("/s/nobody?view=1").status_code == 404


def test_another_value_is_the_redirect(share: Share) -> None:
    assert Client(headers={"User-Agent": WECHAT}).get(f"/s/{share.code}?view=2").status_code == 302
