from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from content.kits.models import Kit
from referrals.shares.models import Share
from referrals.visits.domain.landing import brand_page, product_page, with_click
from referrals.visits.domain.robots import is_prefetch, is_robot
from referrals.visits.models import Visit
from referrals.visits.services.visits import record_visit
from tests.support.clients import BROWSER, check_against_schema
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share

pytestmark = pytest.mark.django_db


@pytest.fixture
def share() -> Share:
    brand = make_brand()
    return make_share(make_koc(brand), make_kit(brand, product=make_product(brand, "S 1")))


def reader(**headers: str) -> Client:
    return Client(headers={"User-Agent": BROWSER, **headers})


def opened(client: Client, share: Share, method: str = "get", **extra: Any) -> Any:
    response = getattr(client, method)(f"/s/{share.code}", **extra)
    if method == "get":
        check_against_schema(response)
    return response


def test_a_link_leads_to_the_product_and_names_the_click(share: Share) -> None:
    response = opened(reader(), share)
    visit = Visit.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == f"https://shop.example/p/S%201?grove_click={visit.public_id}"
    assert response.headers["Cache-Control"] == "no-store"
    assert (visit.share, visit.counted) == (share, True)
    cookie = response.cookies["grove_visitor"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        visit.visitor,
        True,
        "Lax",
        31_536_000,
    )
    assert visit.public_id.startswith("clk_")


def test_a_visitor_counts_once_an_hour(share: Share) -> None:
    times = [NOW, NOW + timedelta(minutes=59), NOW + timedelta(minutes=60), NOW + timedelta(minutes=90)]
    assert [record_visit(share=share, visitor="v", robot=False, at=at).counted for at in times] == [
        True,
        False,
        True,
        False,
    ]


def test_the_cookie_says_who_comes_again(share: Share) -> None:
    client = reader()
    for _visit in range(3):
        opened(client, share)
    opened(reader(), share)
    assert sorted(Visit.objects.values_list("uncounted", flat=True)) == ["", "", "repeat", "repeat"]
    assert Visit.objects.values("visitor").distinct().count() == 2


def test_another_share_is_another_visit(share: Share) -> None:
    client = reader()
    opened(client, share)
    opened(client, make_share(share.koc, share.kit))
    assert [visit.counted for visit in Visit.objects.all()] == [True, True]


@pytest.mark.parametrize("forged", ["k1", "", "x" * 300, "../../etc", "a;b"])
def test_a_forged_cookie_is_not_taken_for_a_visitor(share: Share, forged: str) -> None:
    client = reader()
    client.cookies["grove_visitor"] = forged
    opened(client, share)
    assert Visit.objects.get().visitor != forged
    assert len(Visit.objects.get().visitor) == 22


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "curl/8.5.0",
        "Googlebot/2.1",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; Bytespider)",
        "WhatsApp/2.23",
        "MicroMessenger Client",
        "Slackbot-LinkExpanding 1.0",
        "PostmanRuntime/7.36",
        "Dart/3.2 (dart:io)",
        "Mozilla/5.0 (iPhone) QQ/8.9 WeChatShareExtensionNew",
    ],
)
def test_robots_and_previews_are_sent_on_but_not_counted(share: Share, agent: str) -> None:
    response = opened(Client(headers={"User-Agent": agent}), share)
    assert response.status_code == 302
    assert Visit.objects.get().uncounted == "robot"


@pytest.mark.parametrize(
    "agent",
    [
        BROWSER,
        "Mozilla/5.0 (Linux; Android 14; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0",
        "Opera/9.80 (Android; Opera Mini/36.2/191.249; U; zh) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/21B74 Weibo (iPhone15,2__weibo__13.11.3)",
        "Mozilla/5.0 (Linux; U; Android 13; zh-cn; V2166A) AppleWebKit/537.36 Version/4.0 Chrome/100 MQQBrowser/14 Mobile Safari/537.36",
    ],
)
def test_people_are_people(agent: str) -> None:
    assert not is_robot(agent)


def test_a_robot_does_not_use_up_a_visitors_hour(share: Share) -> None:
    assert [record_visit(share=share, visitor="v", robot=robot, at=NOW).uncounted for robot in (True, False, True)] == [
        "robot",
        "",
        "robot",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("X-Moz", "prefetch"), ("X-Purpose", "preview")],
)
def test_loading_in_advance_is_no_visit(share: Share, name: str, value: str) -> None:
    response = opened(reader(**{name: value}), share)
    assert (response.status_code, response.headers["Location"]) == (302, "https://shop.example/p/S%201")
    assert not Visit.objects.exists()
    assert not is_prefetch([""])


def test_head_is_no_visit(share: Share) -> None:
    assert opened(reader(), share, "head").status_code == 302
    assert not Visit.objects.exists()


def test_an_unknown_link_is_a_page_that_says_so(share: Share) -> None:
    for path in ("/s/nobody", "/s/nobody/qr.svg", f"/s/{share.code}x"):
        response = reader(**{"Accept": "text/html", "Accept-Language": "en"}).get(path)
        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")
        assert b"leads nowhere" in response.content
        check_against_schema(response)


def test_an_ended_kit_leads_to_the_brands_page(share: Share) -> None:
    Kit.objects.update(status="ended")
    location = opened(reader(), share).headers["Location"]
    assert location == f"https://shop.example/?grove_click={Visit.objects.get().public_id}"


def test_a_product_may_have_a_page_of_its_own() -> None:
    brand = make_brand()
    product = make_product(brand, landing_url="https://shop.example/serum?color=red&grove=1#top")
    location = opened(reader(), make_share(make_koc(brand), make_kit(brand, product=product))).headers["Location"]
    parts = urlsplit(location)
    assert parts.query == f"color=red&grove=1&grove_click={Visit.objects.get().public_id}"
    assert parts.fragment == "top"


def test_the_reader_cannot_say_where_it_leads(share: Share) -> None:
    response = opened(
        reader(), share, data={"url": "https://evil.example", "next": "//evil.example", "grove_click": "x"}
    )
    parts = urlsplit(response.headers["Location"])
    assert parts.netloc == "shop.example"
    assert set(parse_qs(parts.query)) == {"grove_click"}


def test_pages_are_put_together_from_the_brands_own() -> None:
    assert product_page("https://a.example/p/{sku}?x=1", "a/b&c") == "https://a.example/p/a%2Fb%26c?x=1"
    assert brand_page("https://a.example/p/{sku}?x=1") == "https://a.example/"
    assert brand_page("https://a.example/shop?x=1") == "https://a.example/shop?x=1"
    assert with_click("https://a.example", "clk_1") == "https://a.example?grove_click=clk_1"


def test_the_code_of_a_link_can_be_scanned_and_cached(share: Share) -> None:
    response = reader().get(f"/s/{share.code}/qr.svg")
    check_against_schema(response)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "max-age" in response.headers["Cache-Control"]
    assert b"<svg" in response.content
    assert not Visit.objects.exists()


def test_a_link_needs_few_queries(share: Share, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):  # the savepoint of the test is two of them
        opened(reader(), share)
