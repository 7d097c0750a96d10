"""The products of a brand, as its shop lists them."""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Max

from accounts.brands.domain.landing_urls import landing_url
from accounts.brands.models import Brand
from content.media.models import Media
from content.products.models import Product, ProductPicture
from foundation.files.cells import up_to, with_header
from foundation.files.tables import Column, ImportResult, RowErrors, key, parse_rows, whole_number
from foundation.postgres.bulk import stage, streamed
from foundation.postgres.locks import lock_imports
from foundation.postgres.transactions import in_transaction

COLUMNS = [
    Column("sku", key),
    Column("name", up_to(200)),
    Column("category", up_to(64), required=False, default=""),
    Column("price_minor", whole_number),
    Column("landing_url", landing_url, required=False, default=""),
]
LISTED = "line int, sku text, name text, category text, price_minor bigint, landing_url text"
TWICE = """
    SELECT again.line, again.sku
    FROM (SELECT sku, min(line) AS first FROM listed_product GROUP BY sku HAVING count(*) > 1) AS doubled
    JOIN listed_product again ON again.sku = doubled.sku AND again.line > doubled.first
    ORDER BY again.line"""
UPDATE = """
    UPDATE content_product product
    SET name = listed.name, price_minor = listed.price_minor, category = COALESCE(listed.category, product.category),
        landing_url = COALESCE(listed.landing_url, product.landing_url)
    FROM listed_product listed
    WHERE product.brand_id = %(brand)s AND product.sku = listed.sku
        AND (listed.name <> product.name OR listed.price_minor <> product.price_minor
             OR listed.category <> product.category OR listed.landing_url <> product.landing_url)"""
INSERT = """
    INSERT INTO content_product (brand_id, sku, name, category, price_minor, landing_url)
    SELECT %(brand)s, listed.sku, listed.name, COALESCE(listed.category, ''), listed.price_minor, COALESCE(listed.landing_url, '')
    FROM listed_product listed
    ORDER BY listed.sku
    ON CONFLICT (brand_id, sku) DO NOTHING"""


@transaction.atomic
def import_products(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of products, all or nothing. An empty category or address is stored as empty; a column that is
    missing changes nothing.

    Key: (brand, sku). Waits for other imports of the brand. Raises BadFile.
    """
    lock_imports(brand)
    header, lines = with_header(lines)
    faults = RowErrors(name)
    is_told = [column.name in header for column in COLUMNS]
    rows = (
        (row, *(value if told else None for value, told in zip(values, is_told, strict=True)))
        for row, values in parse_rows(lines, COLUMNS, faults)
    )
    listed = stage("listed_product", LISTED, ["line", *(column.name for column in COLUMNS)], rows)
    for row, sku in streamed(TWICE, {}):
        faults.add(row, "the product stands twice", "sku", sku)
    faults.refuse_if_any()
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, {"brand": brand.pk})
        updated = cursor.rowcount
        cursor.execute(INSERT, {"brand": brand.pk})
        created = cursor.rowcount
    return ImportResult(created, updated, listed - created - updated)


@in_transaction
def add_product_pictures(*, product: Product, pictures: Sequence[Media]) -> None:
    """Put pictures behind those that a product has; one that it has stays where it is."""
    last = product.pictures.aggregate(last=Max("position"))["last"]
    ProductPicture.objects.bulk_create(
        [
            ProductPicture(product=product, media=media, position=position)
            for position, media in enumerate(pictures, start=0 if last is None else last + 1)
        ],
        ignore_conflicts=True,
    )
