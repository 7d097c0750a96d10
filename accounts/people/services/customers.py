"""The customers of a brand, as its shop identifies them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand, Shop
from accounts.people.models import Customer
from foundation.files.cells import name, phone
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.bulk import MANY, refresh_statistics, stage, streamed
from foundation.postgres.locks import lock_imports

COLUMNS = [
    Column("shop", key, required=False, default=MAIN),
    Column("customer", key),
    Column("phone", phone, required=False),
    Column("name", name, required=False),
    Column("first_seen_at", instant, required=False),
]
LISTED = "line int, shop text, key text, phone text, name text, first_seen_at timestamptz"
TWICE = """
    SELECT line, key FROM (SELECT line, key, row_number() OVER (PARTITION BY shop, key ORDER BY line) AS place FROM listed_customer) AS listed
    WHERE place > 1 ORDER BY line"""
UPDATE = """
    UPDATE accounts_customer customer
    SET phone = COALESCE(listed.phone, customer.phone), name = COALESCE(listed.name, customer.name),
        first_seen_at = COALESCE(listed.first_seen_at, customer.first_seen_at)
    FROM listed_customer listed
    WHERE customer.brand_id = %(brand)s AND customer.shop = listed.shop AND customer.key = listed.key
        AND (listed.phone <> customer.phone OR listed.name <> customer.name OR listed.first_seen_at <> customer.first_seen_at)"""
INSERT = """
    INSERT INTO accounts_customer (brand_id, shop, key, phone, name, first_seen_at)
    SELECT %(brand)s, listed.shop, listed.key, COALESCE(listed.phone, ''), COALESCE(listed.name, ''), COALESCE(listed.first_seen_at, %(at)s)
    FROM listed_customer listed
    ORDER BY listed.shop, listed.key
    ON CONFLICT (brand_id, shop, key) DO NOTHING"""

# A concurrent intake may create one of them meanwhile.
KEEP = """
INSERT INTO accounts_customer (brand_id, shop, key, phone, name, first_seen_at)
SELECT %(brand)s, %(shop)s, key, phone, '', seen FROM unnest(%(keys)s::text[], %(phones)s::text[], %(seen)s::timestamptz[]) AS sent(key, phone, seen)
ORDER BY key
ON CONFLICT (brand_id, shop, key) DO UPDATE SET phone = EXCLUDED.phone WHERE accounts_customer.phone = '' AND EXCLUDED.phone <> ''
RETURNING key, id
"""


def keep_customers(
    *, shop: Shop, keys: Sequence[str], phones: Sequence[str], seen: Sequence[datetime]
) -> dict[str, int]:
    """Create the customers that orders name; a phone is stored when there was none. Returns key → id of those that were
    created or got a phone.

    The caller is in a transaction. Writes in key order, so that two intakes cannot deadlock. Key: (brand, shop, key), so
    customers that another intake created meanwhile are not returned."""
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            {"brand": shop.brand.pk, "shop": shop.name, "keys": list(keys), "phones": list(phones), "seen": list(seen)},
        )
        return dict(cursor.fetchall())


@transaction.atomic
def import_customers(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ImportResult:
    """Import a file of customers, all or nothing. An empty cell changes nothing; a customer without a first time is
    first seen at `at`.

    Key: (brand, shop, customer). Waits for other imports of the brand. Raises BadFile.
    """
    lock_imports(brand)
    faults = RowErrors(name)
    rows = ((row, *values) for row, values in parse_rows(lines, COLUMNS, faults))
    listed = stage("listed_customer", LISTED, ["line", "shop", "key", "phone", "name", "first_seen_at"], rows)
    for row, customer in streamed(TWICE, {}):
        faults.add(row, "the customer stands twice", "customer", customer)
    faults.refuse_if_any()
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, {"brand": brand.pk})
        updated = cursor.rowcount
        cursor.execute(INSERT, {"brand": brand.pk, "at": at})
        created = cursor.rowcount
    if created >= MANY:
        refresh_statistics(Customer)
    return ImportResult(created, updated, listed - created - updated)
