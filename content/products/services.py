"""The products of a brand, as its shop lists them."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from accounts.brands.domain.landing_urls import landing_url
from accounts.brands.models import Brand
from foundation.files.cells import up_to, with_header
from foundation.files.tables import Column, ImportResult, RowErrors, key, parse_rows, whole_number
from foundation.postgres.locks import lock_imports

COLUMNS = [
    Column("sku", key),
    Column("name", up_to(200)),
    Column("category", up_to(64), required=False, default=""),
    Column("price_minor", whole_number),
    Column("landing_url", landing_url, required=False, default=""),
]
LISTED = "unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[]) AS listed(sku, name, category, price_minor, landing_url)"
UPDATE = f"""
    UPDATE content_product product
    SET name = listed.name, price_minor = listed.price_minor, category = COALESCE(listed.category, product.category),
        landing_url = COALESCE(listed.landing_url, product.landing_url)
    FROM {LISTED}
    WHERE product.brand_id = %s AND product.sku = listed.sku
        AND (listed.name <> product.name OR listed.price_minor <> product.price_minor
             OR listed.category <> product.category OR listed.landing_url <> product.landing_url)"""  # noqa: S608  constants
INSERT = f"""
    INSERT INTO content_product (brand_id, sku, name, category, price_minor, landing_url)
    SELECT %s, listed.sku, listed.name, COALESCE(listed.category, ''), listed.price_minor, COALESCE(listed.landing_url, '')
    FROM {LISTED}
    ORDER BY listed.sku
    ON CONFLICT (brand_id, sku) DO NOTHING"""  # noqa: S608  constants


@transaction.atomic
def import_products(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of products, all or nothing. An empty category or address is stored as empty; a column that is
    missing changes nothing.

    Key: (brand, sku). Waits for other imports of the brand. Raises BadFile.
    """
    lock_imports(brand)
    header, lines = with_header(lines)
    faults = RowErrors(name)
    products: dict[str, list[Any]] = {}
    for row, values in parse_rows(lines, COLUMNS, faults):
        if values[0] in products:
            faults.add(row, "the product stands twice", "sku", values[0])
        products[values[0]] = [
            value if column.name in header else None for column, value in zip(COLUMNS, values, strict=True)
        ]
    faults.refuse_if_any()
    columns = [list(column) for column in zip(*products.values(), strict=True)] or [[], [], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [*columns, brand.pk])
        updated = cursor.rowcount
        cursor.execute(INSERT, [brand.pk, *columns])
        created = cursor.rowcount
    return ImportResult(created, updated, len(products) - created - updated)
