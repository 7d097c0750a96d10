"""The customers of a brand, as its shop identifies them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.brands.models import Brand
from foundation.files.cells import phone, up_to
from foundation.files.tables import Column, ImportResult, RowErrors, instant, key, parse_rows
from foundation.postgres.locks import lock_imports

COLUMNS = [
    Column("customer", key),
    Column("phone", phone, required=False),
    Column("name", up_to(120), required=False),
    Column("first_seen_at", instant, required=False),
]
LISTED = "unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS listed(key, phone, name, first_seen_at)"
UPDATE = f"""
    UPDATE accounts_customer customer
    SET phone = COALESCE(listed.phone, customer.phone), name = COALESCE(listed.name, customer.name),
        first_seen_at = COALESCE(listed.first_seen_at, customer.first_seen_at)
    FROM {LISTED}
    WHERE customer.brand_id = %s AND customer.key = listed.key
        AND (listed.phone <> customer.phone OR listed.name <> customer.name OR listed.first_seen_at <> customer.first_seen_at)"""  # noqa: S608  constants
INSERT = f"""
    INSERT INTO accounts_customer (brand_id, key, phone, name, first_seen_at)
    SELECT %s, listed.key, COALESCE(listed.phone, ''), COALESCE(listed.name, ''), COALESCE(listed.first_seen_at, %s)
    FROM {LISTED}
    ORDER BY listed.key
    ON CONFLICT (brand_id, key) DO NOTHING"""  # noqa: S608  constants

# A concurrent intake may create one of them meanwhile.
KEEP = """
INSERT INTO accounts_customer (brand_id, key, phone, name, first_seen_at)
SELECT %(brand)s, key, phone, '', seen FROM unnest(%(keys)s::text[], %(phones)s::text[], %(seen)s::timestamptz[]) AS sent(key, phone, seen) ORDER BY key
ON CONFLICT (brand_id, key) DO UPDATE SET phone = EXCLUDED.phone WHERE accounts_customer.phone = '' AND EXCLUDED.phone <> ''
RETURNING key, id
"""


def keep_customers(
    *, brand: Brand, keys: Sequence[str], phones: Sequence[str], seen: Sequence[datetime]
) -> dict[str, int]:
    """Create the customers that orders name; a phone is stored when there was none. Returns key → id of those that were
    created or got a phone.

    The caller is in a transaction. Writes in key order, so that two intakes cannot deadlock. Key: (brand, key), so
    customers that another intake created meanwhile are not returned."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"brand": brand.pk, "keys": list(keys), "phones": list(phones), "seen": list(seen)})
        return dict(cursor.fetchall())


@transaction.atomic
def import_customers(*, brand: Brand, lines: Iterable[str], name: str, at: datetime) -> ImportResult:
    """Import a file of customers, all or nothing. An empty cell changes nothing; a customer without a first time is
    first seen at `at`.

    Key: (brand, customer). Waits for other imports of the brand. Raises BadFile.
    """
    lock_imports(brand)
    faults = RowErrors(name)
    customers: dict[str, list[Any]] = {}
    for row, values in parse_rows(lines, COLUMNS, faults):
        if values[0] in customers:
            faults.add(row, "the customer stands twice", "customer", values[0])
        customers[values[0]] = values
    faults.refuse_if_any()
    columns = [list(column) for column in zip(*customers.values(), strict=True)] or [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [*columns, brand.pk])
        updated = cursor.rowcount
        cursor.execute(INSERT, [brand.pk, at, *columns])
        created = cursor.rowcount
    return ImportResult(created, updated, len(customers) - created - updated)
