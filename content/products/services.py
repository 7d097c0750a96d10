"""The products of a brand, as its shop lists them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.brands.domain.landing_urls import landing_url
from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.media.models import Media
from content.products.domain import UseRefused
from content.products.models import Product, ProductPicture, ProductUse
from foundation.files.cells import product_name, up_to, with_header
from foundation.files.tables import Column, ImportResult, RowErrors, key, parse_rows, whole_number
from foundation.postgres.bulk import stage, streamed
from foundation.postgres.locks import lock_imports
from foundation.postgres.transactions import in_transaction

COLUMNS = [
    Column("sku", key),
    Column("name", product_name),
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


class UseByOrder(NamedTuple):
    """A KOC's own order with a product was delivered, and not given back. `order` is the shop's number."""

    koc: int
    product: int
    since: datetime
    order: str


@in_transaction
def keep_uses(*, brand: Brand, kocs: Collection[int], uses: Collection[UseByOrder], at: datetime) -> int:
    """Make what is known of the uses of some KOCs by orders equal to what the floor that knows orders found; of several
    orders the earliest. What it did not find any more goes; uses by hand are left alone. Returns how many rows changed.

    Key: (koc, product, source). Reads first, so that nothing is written or locked where nothing changed; rows are
    written in the order of the key."""
    found = {(use.koc, use.product): use for use in sorted(uses, key=lambda use: (use.since, use.order), reverse=True)}
    known = {
        (row.koc_id, row.product_id): row
        for row in ProductUse.objects.filter(source=ProductUse.Source.ORDER, koc__in=kocs, brand=brand)
    }
    changed = [
        ProductUse(
            brand=brand, koc_id=use.koc, product_id=use.product, source=ProductUse.Source.ORDER, since=use.since,
            evidence=use.order, recorded_at=at,
        )
        for key, use in sorted(found.items())
        if key not in known or (known[key].since, known[key].evidence) != (use.since, use.order)
    ]  # fmt: skip
    gone = sorted(row.pk for key, row in known.items() if key not in found)
    if changed:
        ProductUse.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["koc", "product", "source"],
            update_fields=["since", "evidence", "recorded_at"],
        )
    if gone:
        ProductUse.objects.filter(pk__in=gone).delete()
    return len(changed) + len(gone)


@in_transaction
def record_use(*, koc: Koc, product: Product, since: datetime, reason: str, by: User, at: datetime) -> ProductUse:
    """Staff answer for it that a KOC has used a product: one that was sent as a sample, or bought elsewhere. Who said so,
    and how they know, stays with it.

    Key: (koc, product, by hand). Raises UseRefused."""
    if product.brand_id != koc.brand_id:
        raise UseRefused(_("This product is another brand's."), "product")
    if since > at:
        raise UseRefused(_("This is in the future."), "since")
    if not reason.strip():
        raise UseRefused(_("Say how you know."), "evidence")
    use, is_new = ProductUse.objects.get_or_create(
        koc=koc,
        product=product,
        source=ProductUse.Source.HAND,
        defaults={"brand_id": koc.brand_id, "since": since, "evidence": reason.strip(), "by": by, "recorded_at": at},
    )
    if not is_new:
        raise UseRefused(_("It is recorded by hand already: %(why)s") % {"why": use.evidence})
    return use


@in_transaction
def forget_use(*, use: ProductUse) -> None:
    """Take back what staff recorded by hand. Raises UseRefused for what follows from an order."""
    deleted, _rows = ProductUse.objects.filter(pk=use.pk, source=ProductUse.Source.HAND).delete()
    if not deleted:
        raise UseRefused(_("This follows from an order of the shop, and goes when that is given back."))
