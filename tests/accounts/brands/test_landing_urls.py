"""Which addresses a brand's links may lead to: one rule for brand.yaml, files of products, the admin and the links
themselves."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.brands.domain.landing_urls import BRACES, NO_HOST, NOT_HTTP, TOO_LONG, fault_of, sent
from accounts.brands.models import Brand
from content.products.models import Product
from tests.support.factories import make_brand, make_product, make_staff

SOUND = [
    "https://shop.example/p/{sku}",
    "http://shop.example",
    "HTTPS://Shop.Example/",
    "https://shop.example:8443/p?sku={sku}&again={sku}#{sku}",
    "https://shop.example./a%20b",
    "http://localhost:8000/",
    "http://127.0.0.1/",
    "http://[2001:db8::1]:8080/p",
    "https://店铺.example/商品/{sku}",
    "https://xn--hxtq42j.example/",
    "https://my_shop.example/?a=[1]&b=“quoted”",
    "https://shop.example/" + "a" * 479,
]
BAD = {
    NOT_HTTP: [
        "", "javascript:alert(1)", "javascript://shop.example/%0Aalert(1)", "data:text/html,x", "ftp://shop.example/", "//shop.example/", "/p", "shop.example",
        "https:shop.example", "https:/shop.example", "https:///p", "https://", "http://[::1", "https://exa mple", "https://shop.example/a b", " https://shop.example",
        "https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/\n", "ht\ntps://shop.example", "https://shop.example/\0", "https://shop.example/\x7f",
        "https://shop.example/\u2028", "https://shop.example/\u202eexe", "https://shop.example/\u3000", "https://shop.example\\@evil.example/", "https://shop.example\uff0fa",
    ],
    BRACES: [
        "https://shop.example/{sku}{", "https://shop.example/{0}", "https://shop.example/{}", "https://shop.example/{sku.__class__}", "https://shop.example/{{sku}}",
        "https://shop.example/{SKU}", "https://shop.example/{sku!r}", "https://{sku}.example/", "https://{sku}", "https://shop.example:{sku}/",
    ],
    NO_HOST: [
        "https://me@shop.example/", "https://me:secret@shop.example/", "https://@shop.example/", "https://shop.example:0/", "https://shop.example:65536/",
        "https://shop.example:-1/", "https://shop.example:８０/", "https://shop.example:8x/", "https://:80/", "https://-shop.example/", "https://shop-.example/",
        "https://shop..example/", "https://.example/", "https://./", "https://sh%6fp.example/", "https://shop,example/", "https://1.2.3/", "https://1.2.3.256/",
        "https://0x7f000001/", "https://2130706433/", "http://[::1]x/", "http://[fe80::1%25eth0]/", "https://xn--zz-.example/", "https://straße.example/",
        "https://shop。example/", "https://青岚。中国/p/{sku}", "https://商店%.cn/", "https://商店<b>.cn/",
        "https://商店!.cn/", "https://商店,.cn/", "https://-é.com/", "https://é-.com/",
        "https://ｓhop.example/", f"https://{'a' * 64}.example/", f"https://{'a.' * 130}example/",
    ],
    TOO_LONG: ["https://shop.example/" + "a" * 480, "https://shop.example/" + "品" * 479, "https://shop.example/" + "{sku}" * 90],
}  # fmt: skip


@pytest.mark.parametrize("url", SOUND)
def test_a_page_of_a_shop_is_sound(url: str) -> None:
    assert fault_of(url) == ""


@pytest.mark.parametrize(("fault", "url"), [(fault, url) for fault, urls in BAD.items() for url in urls])
def test_what_is_no_page_of_a_shop_is_named(fault: str, url: str) -> None:
    assert fault_of(url) == fault


def test_an_address_of_the_longest_name_is_sound() -> None:
    longest = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert fault_of(f"https://{longest}/") == ""
    assert fault_of(f"https://{longest}a/") == NO_HOST


@pytest.mark.parametrize(
    ("url", "browsers"),
    [
        (
            "https://店铺.example:8443/商品?a=“b”&c=%20#顶",
            "https://xn--hxtq42j.example:8443/%E5%95%86%E5%93%81?a=%E2%80%9Cb%E2%80%9D&c=%20#%E9%A1%B6",
        ),
        ("HTTPS://Shop.Example:/p", "https://shop.example/p"),
        ("http://[2001:DB8::0:1]:80/", "http://[2001:db8::1]:80/"),
        ("https://shop.example/<b>|^`", "https://shop.example/%3Cb%3E%7C%5E%60"),
        ("https://shop.example/a;b=1,2!$'()*+~@:[]?x=/&y=?#z", "https://shop.example/a;b=1,2!$'()*+~@:[]?x=/&y=?#z"),
    ],
)
def test_an_address_is_sent_in_ascii(url: str, browsers: str) -> None:
    assert sent(url) == browsers
    assert sent(browsers) == browsers


@given(st.text("é中a7%‹,.。-_·", min_size=1, max_size=30))
def test_what_browsers_are_sent_keeps_the_rule_itself(host: str) -> None:
    url = f"https://{host}/"
    if fault_of(url) == "":
        assert fault_of(sent(url)) == ""
        assert sent(sent(url)) == sent(url)


@given(
    st.text(max_size=40),
    st.sampled_from(["", "https://", "https://shop.example", "https://shop.example/", "http://[", "http://shop:"]),
)
def test_nothing_breaks_the_rule_and_what_is_sound_can_be_sent(rest: str, start: str) -> None:
    if fault_of(start + rest) == "":
        header = sent(start + rest).encode("ascii")
        assert header.startswith((b"http://", b"https://"))
        assert min(header) > 32


# --- the admin and the database
# ----------------------------------------------------------------------------------------------


def brand_form(brand: Brand, **fields: Any) -> dict[str, Any]:
    rung = brand.tiers.get()
    tiers = {
        "tiers-TOTAL_FORMS": 1, "tiers-INITIAL_FORMS": 1, "tiers-0-id": rung.pk, "tiers-0-brand": brand.pk, "tiers-0-rank": 0, "tiers-0-key": rung.key,
        "tiers-0-name": rung.name, "tiers-0-growth": 0, "tiers-0-multiplier_bps": "1.00", "tiers-0-keep": 0, "tiers-0-keep_days": 0,
    }  # fmt: skip
    return (
        {"name": brand.name, "approval": "manual", "candidate_purchases": 8, "landing_url": brand.landing_url}
        | tiers
        | fields
    )


WRITTEN_BAD = [
    "javascript:alert(1)", "//shop.example/", "http://[::1", "https://exa mple", "https://shop.example/\r\nSet-Cookie: a=b", "https://shop.example/{0}", "https://{sku}.example/",
    "https://me@shop.example/", "https://shop.example:99999/", "https://shop.example/" + "a" * 480, "https://shop.example/" + "品" * 479,
]  # fmt: skip


@pytest.fixture
def brand(db: None, client: Client) -> Brand:
    brand = make_brand()
    client.force_login(make_staff(brand))
    return brand


def test_staff_set_the_brands_page(brand: Brand, client: Client) -> None:
    answer = client.post(
        f"/admin/accounts/brand/{brand.pk}/change/", brand_form(brand, landing_url="https://店铺.example/{sku}")
    )
    assert answer.status_code == 302
    brand.refresh_from_db()
    assert brand.landing_url == "https://店铺.example/{sku}"


@pytest.mark.parametrize("url", WRITTEN_BAD)
def test_the_admin_refuses_a_brands_page_that_is_none(brand: Brand, client: Client, url: str) -> None:
    answer = client.post(f"/admin/accounts/brand/{brand.pk}/change/", brand_form(brand, landing_url=url))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["landing_url"]
    brand.refresh_from_db()
    assert brand.landing_url == "https://shop.example/p/{sku}"


@pytest.mark.parametrize("url", WRITTEN_BAD)
def test_the_admin_refuses_a_products_page_that_is_none(brand: Brand, client: Client, url: str) -> None:
    product = make_product(brand)
    answer = client.post(
        f"/admin/content/product/{product.pk}/change/", {"name": "Serum", "price_minor": "99", "landing_url": url}
    )
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["landing_url"]
    product.refresh_from_db()
    assert (product.name, product.landing_url) == ("S1", "")


def test_a_product_needs_no_page_of_its_own(brand: Brand, client: Client) -> None:
    product = make_product(brand, landing_url="https://shop.example/serum")
    answer = client.post(
        f"/admin/content/product/{product.pk}/change/", {"name": "Serum", "price_minor": "99", "landing_url": ""}
    )
    assert answer.status_code == 302
    product.refresh_from_db()
    assert product.landing_url == ""


@pytest.mark.parametrize(
    ("url", "english", "chinese"),
    [
        (
            "javascript:alert(1)",
            "“javascript:alert(1)” is not an http or https address.",
            "“javascript:alert(1)”不是 http 或 https 网址。",
        ),
        (
            "https://a:0/",
            "“https://a:0/” names no host that a browser could open.",
            "“https://a:0/”中的域名或端口无效，浏览器无法打开。",
        ),
        (
            "https://a/{0}",
            "“https://a/{0}” may have no braces but {sku}, and that behind the host.",
            "“https://a/{0}”中的花括号只能用于 {sku}，且须在域名之后。",
        ),
        ("https://a/" + "品" * 300, f"“https://a/{'品' * 190}…” is too long.", f"“https://a/{'品' * 190}…”过长。"),
        (
            "https://a/\n%s",
            "“https://a/\\n%s” is not an http or https address.",
            "“https://a/\\n%s”不是 http 或 https 网址。",
        ),
    ],
)
def test_the_refusal_names_the_value_in_the_readers_language(url: str, english: str, chinese: str) -> None:
    for language, said in (("en", english), ("zh-hans", chinese)):
        with override(language):
            with pytest.raises(ValidationError) as refused:
                Product(sku="S", name="S", price_minor=1, landing_url=url).clean_fields(exclude=["brand"])
            assert refused.value.message_dict == {"landing_url": [said]}


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "shop.example", " https://shop.example", "ftp://shop.example", "x\nhttps://shop.example"],
)
def test_the_database_keeps_web_addresses_only(brand: Brand, url: str) -> None:
    make_product(brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.update(landing_url=url)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.update(landing_url=url)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.update(landing_url="")
