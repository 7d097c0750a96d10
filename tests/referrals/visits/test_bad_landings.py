"""A link answers, whatever stands in the database where its page should: by the door in front of Django, and by the
view behind it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from content.kits.models import Kit
from referrals.shares.models import Share
from referrals.visits.api.redirect import FastRedirect
from referrals.visits.models import Visit
from tests.support.clients import BROWSER
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_share

pytestmark = pytest.mark.django_db
HEADERS = {
    "HTTP_HOST": "testserver",
    "HTTP_USER_AGENT": BROWSER,
    "REMOTE_ADDR": "192.0.2.7",
    "SERVER_NAME": "testserver",
    "SERVER_PORT": "80",
}
BAD = [
    "", "javascript:alert(1)", "javascript://shop.example/%0Aalert(1)", "data:text/html,x", "//evil.example/", "/p", "http://[::1", "http://[v1.x]/",
    "https://exa mple", "https://", "https:///p", "{sku}{", "{0}", "{sku.__class__}", "{sku}", "https://{sku}", "https://{sku}.example/", "https://shop.example/{sku}{",
    "https://shop.example/{0}", "https://shop.example/{sku.__class__}", "https://shop.example:99999/{sku}", "https://shop.example:{sku}/", "https://a@evil.example/{sku}",
    "https://shop.example\\@evil.example/", "https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/\n{sku}", "ht\ntps://shop.example/",
    "https://shop.example\uff0fevil.example/", "https://shop..example/", "https://shop.example/" + "a" * 10_000, "https://shop.example/" + "品" * 10_000,
    "https://shop.example/" + "{sku}" * 2_000, "\x7f", "品",
]  # fmt: skip
SKUS = [
    "S1", "a/b", "?x=1", "#top", "a&b=c", "100%", "%0d%0aSet-Cookie: a=b", "精华液",
    "a\r\nSet-Cookie: a=b", "//evil.example", "@evil.example", "{sku}", "{0}", " ", "…" * 64,
]  # fmt: skip
Answer = tuple[int, dict[str, str]]
Opener = Callable[..., Answer]


@pytest.fixture
def share() -> Share:
    """Of a database that lets anything be stored, as one of before may have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE accounts_brand DROP CONSTRAINT IF EXISTS brand_landing_url_is_http, ALTER COLUMN landing_url TYPE text"
        )
        cursor.execute(
            "ALTER TABLE content_product DROP CONSTRAINT IF EXISTS product_landing_url_is_http, ALTER COLUMN landing_url TYPE text"
        )
    brand = make_brand()
    return make_share(make_koc(brand), make_kit(brand, product=make_product(brand)), code="abc")


@pytest.fixture(params=["door", "view"])
def open_link(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Status and headers of `GET /s/abc`, by the door with Django behind it, or by Django alone. An error is an error,
    not a page."""

    def by_view(method: str = "get", **headers: str) -> Answer:
        response = getattr(Client(), method)("/s/abc", **HEADERS | headers)
        return response.status_code, dict(response.headers)

    def by_door(method: str = "get", **headers: str) -> Answer:
        found: list[Answer] = []

        def django(_environ: Any, _start: Any) -> list[bytes]:
            found.append(by_view(method, **headers))
            return []

        door = FastRedirect(django, folder=tmp_path / "clicks", beats=False)
        door(
            HEADERS | headers | {"REQUEST_METHOD": method.upper(), "PATH_INFO": "/s/abc"},
            lambda status, said: found.append((int(status[:3]), dict(said))),
        )
        "".join(found[0][1].values()).encode("latin-1")  # as servers write them
        return found[0]

    return by_door if request.param == "door" else by_view


def store(share: Share, *, brand: str | None = None, product: str | None = None, sku: str | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_brand SET landing_url = COALESCE(%s, landing_url) WHERE id = %s", [brand, share.brand_id]
        )
        cursor.execute(
            "UPDATE content_product SET landing_url = COALESCE(%s, landing_url), sku = COALESCE(%s, sku)",
            [product, sku],
        )


def check_is_a_header(location: str) -> None:
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    assert urlsplit(location).scheme == "https"
    assert urlsplit(location).netloc == "shop.example"


@pytest.mark.parametrize("url", BAD)
def test_a_brand_without_a_page_has_links_that_say_so(share: Share, open_link: Opener, url: str) -> None:
    store(share, brand=url)
    for answer in (open_link(), open_link("head"), open_link(HTTP_SEC_PURPOSE="prefetch")):
        assert answer[0] == 404
        assert answer[1]["Content-Type"].startswith("text/html")
        assert "Location" not in answer[1]
        assert "Set-Cookie" not in answer[1]
    assert not Visit.objects.exists()


@pytest.mark.parametrize("url", BAD)
def test_a_product_without_a_page_leads_to_the_brands(share: Share, open_link: Opener, url: str) -> None:
    store(share, product=url)
    for answer in (open_link(), open_link("head"), open_link(HTTP_SEC_PURPOSE="prefetch")):
        assert answer[0] == 302
        assert answer[1]["Location"].partition("?")[0] == "https://shop.example/p/S1"
        assert "Set-Cookie" not in answer[1] or answer[1]["Set-Cookie"].startswith("grove_visitor=")


@pytest.mark.parametrize("url", BAD)
def test_a_product_with_a_page_leads_there_though_the_brand_has_none(share: Share, open_link: Opener, url: str) -> None:
    store(share, brand=url, product="https://shop.example/serum")
    status, headers = open_link()
    assert status == 302
    assert headers["Location"].startswith("https://shop.example/serum?grove_click=clk_")
    Kit.objects.update(status="ended")
    assert open_link()[0] == 404


@pytest.mark.parametrize("sku", SKUS)
@pytest.mark.parametrize(
    "template", ["https://shop.example/p/{sku}", "https://shop.example/?p={sku}&x=1", "https://shop.example/#/{sku}"]
)
def test_a_sku_stays_where_it_was_put(share: Share, open_link: Opener, template: str, sku: str) -> None:
    store(share, brand=template, sku=sku)
    plain = open_link("head")[1]["Location"]
    store(share, sku="S1")
    expected = open_link("head")[1]["Location"]
    check_is_a_header(plain)
    assert [part.count(mark) for part in urlsplit(plain) for mark in "/?#&="] == [
        part.count(mark) for part in urlsplit(expected) for mark in "/?#&="
    ]


@pytest.mark.parametrize("sku", SKUS)
def test_the_door_and_the_view_lead_to_the_same_page_with_the_click(share: Share, open_link: Opener, sku: str) -> None:
    store(share, brand="https://shop.example/商品/{sku}?“a”=1#顶", sku=sku)
    status, headers = open_link()
    assert status == 302
    check_is_a_header(headers["Location"])
    assert headers["Location"].startswith("https://shop.example/%E5%95%86%E5%93%81/")
    assert "?%E2%80%9Ca%E2%80%9D=1&grove_click=clk_" in headers["Location"]
    assert headers["Location"].endswith("#%E9%A1%B6")


def test_a_host_of_other_letters_is_sent_as_browsers_know_it(share: Share, open_link: Opener) -> None:
    store(share, brand="https://店铺.example/{sku}")
    assert open_link()[1]["Location"].startswith("https://xn--hxtq42j.example/S1?grove_click=clk_")


def test_a_page_that_a_sku_makes_too_long_is_the_brands_own(share: Share, open_link: Opener) -> None:
    store(share, brand="https://shop.example/" + "{sku}" * 5, sku="品" * 64)
    status, headers = open_link()
    assert status == 302
    assert headers["Location"].startswith("https://shop.example/?grove_click=clk_")


def test_the_log_says_whose_links_lead_nowhere(share: Share, open_link: Opener, caplog: Any) -> None:
    store(share, brand="javascript:alert(1)")
    open_link()
    said = f"links of brand {share.brand.slug} lead nowhere: its page is 'javascript:alert(1)'"
    assert [record.getMessage() for record in caplog.records].count(said) == 1
