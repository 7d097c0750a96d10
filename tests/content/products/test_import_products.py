from itertools import chain

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from content.products.models import Product
from content.products.services import import_products
from foundation.files.faults import BadFile
from foundation.files.tables import ImportResult
from tests.support.factories import make_brand, make_product
from tests.support.memory import bytes_a_row_more
from tests.support.paths import DATA

pytestmark = pytest.mark.django_db


def load(brand: Brand, *rows: str, header: str = "sku,name,category,price_minor,landing_url") -> ImportResult:
    return import_products(
        brand=brand, lines="\n".join([header, *rows, ""]).splitlines(keepends=True), name="products.csv"
    )


def test_products_are_taken_in_and_the_same_file_again_changes_nothing() -> None:
    brand = make_brand()
    rows = ["S1,精华,skincare,19900,https://shop.example/s1", "S2,Soap,,0,"]
    assert str(load(brand, *rows)) == "2 created, 0 updated, 0 unchanged"
    assert set(Product.objects.values_list("sku", "name", "category", "price_minor", "landing_url")) == {
        ("S1", "精华", "skincare", 19900, "https://shop.example/s1"),
        ("S2", "Soap", "", 0, ""),
    }
    assert str(load(brand, *rows)) == "0 created, 0 updated, 2 unchanged"


def test_a_file_updates_what_it_says_and_no_other_brand() -> None:
    brand, other = make_brand(), make_brand()
    make_product(brand, "S1", category="skincare", landing_url="https://shop.example/s1")
    make_product(other, "S1")
    assert str(load(brand, "S1,New,500", header="sku,name,price_minor")) == "0 created, 1 updated, 0 unchanged"
    product = Product.objects.get(brand=brand)
    assert (product.name, product.price_minor, product.category, product.landing_url) == (
        "New",
        500,
        "skincare",
        "https://shop.example/s1",
    )
    load(brand, "S1,New,,500,")
    product.refresh_from_db()
    assert (product.category, product.landing_url) == ("", "")
    assert Product.objects.get(brand=other).name == "S1"


def test_a_bad_row_refuses_the_whole_file() -> None:
    brand = make_brand()
    with pytest.raises(BadFile) as refused:
        load(
            brand,
            "S1,A,,100,",
            "S2,B,,1.5,",
            "S3,C,,-1,",
            "S1,A,,100,",
            "S4,D,,1,javascript:alert(1)",
            "S5,E,,9223372036854775808,",
        )
    assert refused.value.messages() == [
        "products.csv:3: price_minor is not a whole number of 0 or more (price_minor, 1.5)",
        "products.csv:4: price_minor is not a whole number of 0 or more (price_minor, -1)",
        "products.csv:5: the product stands twice (sku, S1)",
        "products.csv:6: landing_url is not an http or https address (landing_url, javascript:alert(1))",
        "products.csv:7: price_minor is too large (price_minor, 9223372036854775808)",
    ]
    assert not Product.objects.exists()


def test_a_fault_is_one_line_whatever_the_cell_has_in_it_and_names_the_line_where_its_row_begins() -> None:
    with pytest.raises(BadFile) as refused:
        load(make_brand(), 'S0,"two\nlines",,1,', 'S1,A,,"1\n2",', "S2,A,,1,http://x y", f"S3,A,,{'9' * 5000},")
    assert refused.value.messages() == [
        "products.csv:4: price_minor is not a whole number of 0 or more (price_minor, 1\\n2)",
        "products.csv:6: landing_url is not an http or https address (landing_url, http://x y)",
        f"products.csv:7: price_minor is too large (price_minor, {'9' * 200}…)",
    ]


def test_a_page_that_no_link_may_lead_to_is_refused() -> None:
    with pytest.raises(BadFile) as refused:
        load(
            make_brand(),
            "S1,A,,1,https://shop.example/{sku.__class__}",
            "S2,A,,1,https://shop.example:99999/",
            "S3,A,,1,https://me:pw@shop.example/",
        )
    assert refused.value.messages() == [
        "products.csv:2: landing_url may have no braces but {sku}, and that behind the host (landing_url, https://shop.example/{sku.__class__})",
        "products.csv:3: landing_url names no host that a browser could open (landing_url, https://shop.example:99999/)",
        "products.csv:4: landing_url names no host that a browser could open (landing_url, https://me:pw@shop.example/)",
    ]


@pytest.mark.skipif(not DATA.exists(), reason="the data does not ship with the product")
def test_a_wholesalers_list_is_taken_in_whole(capsys: pytest.CaptureFixture[str]) -> None:
    make_brand("retail", currency="GBP")
    for counts in ("4229 created, 0 updated, 0 unchanged", "0 created, 0 updated, 4229 unchanged"):
        call_command("import_products", str(DATA / "retail" / "products.csv"), brand="retail")
        assert capsys.readouterr().out == f"products: {counts}\n"


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(rows: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    brand = make_brand()
    with django_assert_num_queries(9):
        load(brand, *(f"S{number},A,,1," for number in range(rows)))


def test_memory_does_not_grow_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()

    def load_rows(count: int) -> None:
        rows = (f"S{number},Serum {number},care,{number},\n" for number in range(count))
        lines = chain(["sku,name,category,price_minor,landing_url\n"], rows)
        assert import_products(brand=brand, lines=lines, name="products.csv").updated == 0

    assert bytes_a_row_more(load_rows, 500, 3000, monkeypatch) < 30
