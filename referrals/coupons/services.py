"""Coupons are made, given to customers, used and stopped."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from content.kits.models import Channel
from foundation.files.tables import (
    Column,
    ImportResult,
    RowErrors,
    instant,
    key,
    parse_rows,
    small_number,
    whole_number,
)
from foundation.ids.codes import fresh_codes
from foundation.money.calendar import MOST_DAYS
from foundation.postgres.bulk import stage, streamed
from foundation.postgres.locks import lock_imports
from foundation.postgres.transactions import in_transaction
from referrals.coupons.domain.coupons import Used
from referrals.coupons.domain.refusals import CouponRefused
from referrals.coupons.models import Coupon, CouponReceipt, CouponUse


def days(cell: str) -> int:
    number = whole_number(cell)
    if not 0 < number <= MOST_DAYS:
        raise ValueError(f"is not from 1 to {MOST_DAYS}")
    return number


COLUMNS = [
    Column("coupon", key),
    Column("koc", key),
    Column("channel", key, required=False, default=Channel.ANY.value),
    Column("starts_at", instant),
    Column("ends_at", instant, required=False),
    Column("valid_days", days, required=False),
    Column("stock", small_number, required=False),
    Column("most_per_customer", small_number, required=False),
]

# Locked in the order in which every writer of several coupons locks them.
RELEASE_USES = """
DELETE FROM referrals_couponuse USING unnest(%s::bigint[], %s::text[], %s::text[]) AS used(coupon, shop, number)
WHERE (coupon_id, referrals_couponuse.shop, order_key) = (used.coupon, used.shop, used.number) RETURNING coupon_id
"""
COUNT_USES = """
WITH held AS MATERIALIZED (
    SELECT id, use.count FROM referrals_coupon JOIN unnest(%s::bigint[], %s::int[]) AS use(coupon, count) ON use.coupon = id
    ORDER BY id FOR NO KEY UPDATE OF referrals_coupon
)
UPDATE referrals_coupon SET used = used + held.count FROM held WHERE referrals_coupon.id = held.id
"""


LISTED = """
line int, told text, code text, koc text, channel text, starts_at timestamptz, ends_at timestamptz, valid_days int, stock int,
most_per_customer int, bad_end text"""
COPIED = ["line", "told", "code", *(column.name for column in COLUMNS[1:]), "bad_end"]
# In the order in which every writer of several coupons locks them. Counted, so that no row is sent.
LOCK_LISTED = """
SELECT count(*) FROM (
    SELECT FROM referrals_coupon WHERE brand_id = %(brand)s AND code IN (SELECT code FROM listed_coupon) ORDER BY id FOR UPDATE
) AS held"""
FAULTS = """
SELECT listed.line, fault.message, fault.field, fault.told
FROM listed_coupon listed
LEFT JOIN (SELECT code, min(line) AS first FROM listed_coupon GROUP BY code HAVING count(*) > 1) AS doubled USING (code)
LEFT JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = listed.koc
LEFT JOIN referrals_coupon before ON before.brand_id = %(brand)s AND before.code = listed.code
CROSS JOIN LATERAL (VALUES
    (1, listed.line > doubled.first, 'the coupon stands twice', 'coupon', listed.told),
    (2, koc.id IS NULL, 'unknown koc', 'koc', listed.koc),
    (3, koc.id <> before.koc_id, 'the coupon is another KOC''s', 'koc', listed.koc),
    (4, strpos(listed.told, ' ') > 0, 'a coupon has no blanks', 'coupon', listed.told),
    (5, listed.channel <> ALL (%(channels)s), 'no such channel', 'channel', listed.channel),
    (6, listed.bad_end IS NOT NULL, 'a coupon ends after it starts', 'ends_at', listed.bad_end),
    (7, listed.stock < before.used, format('the coupon was used %%s times', before.used), 'stock', listed.stock::text)
) AS fault(place, is_so, message, field, told)
WHERE fault.is_so
ORDER BY listed.line, fault.place"""
UPDATE = """
UPDATE referrals_coupon coupon
SET channel = listed.channel, starts_at = listed.starts_at, ends_at = listed.ends_at, valid_days = listed.valid_days,
    stock = listed.stock, most_per_customer = listed.most_per_customer
FROM listed_coupon listed
WHERE coupon.brand_id = %(brand)s AND coupon.code = listed.code
    AND (coupon.channel, coupon.starts_at, coupon.ends_at, coupon.valid_days, coupon.stock, coupon.most_per_customer)
        IS DISTINCT FROM (listed.channel, listed.starts_at, listed.ends_at, listed.valid_days, listed.stock, listed.most_per_customer)"""
# An outer join: a row whose KOC is missing is refused, not left out.
INSERT = """
INSERT INTO referrals_coupon (brand_id, koc_id, code, channel, starts_at, ends_at, valid_days, stock, most_per_customer, used)
SELECT %(brand)s, koc.id, listed.code, listed.channel, listed.starts_at, listed.ends_at, listed.valid_days, listed.stock,
    listed.most_per_customer, 0
FROM listed_coupon listed LEFT JOIN accounts_koc koc ON koc.brand_id = %(brand)s AND koc.key = listed.koc
WHERE NOT EXISTS (SELECT FROM referrals_coupon known WHERE known.brand_id = %(brand)s AND known.code = listed.code)
ORDER BY listed.line"""


@transaction.atomic
def import_coupons(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of coupons, all or nothing; the same file again changes nothing. An empty limit is none.

    Key: (brand, coupon), in upper case. A coupon cannot change its KOC; a stock cannot fall below the number of uses.
    Waits for other imports of the brand, and locks the coupons in pk order. Raises BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    listed = stage("listed_coupon", LISTED, COPIED, _listed(lines, faults))
    named: dict[str, Any] = {"brand": brand.pk, "channels": Channel.values}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_LISTED, named)
        for fault in streamed(FAULTS, named):
            faults.add(*fault)
        faults.refuse_if_any()
        cursor.execute(UPDATE, named)
        updated = cursor.rowcount
        cursor.execute(INSERT, named)
        created = cursor.rowcount
    return ImportResult(created, updated, listed - created - updated)


def _listed(lines: Iterable[str], faults: RowErrors) -> Iterator[tuple[object, ...]]:
    """The rows of the file, with their numbers, codes in upper case, and an end that is not after the start as the file
    has it."""
    for row, (coupon, koc, channel, starts_at, ends_at, *limits) in parse_rows(lines, COLUMNS, faults):
        bad_end = ends_at.isoformat() if ends_at and ends_at <= starts_at else None
        yield row, coupon, coupon.upper(), koc, channel, starts_at, ends_at, *limits, bad_end


@in_transaction
def make_unique_coupons(
    *, koc: Koc, many: int, channel: str, starts_at: datetime, ends_at: datetime | None, valid_days: int | None
) -> list[Coupon]:
    """Coupons of a KOC that can be used once each, with random codes of ten characters. Raises CouponRefused."""
    if koc.status != Koc.Status.ACTIVE:
        raise CouponRefused(_("Your membership is not active."))
    if ends_at is not None and ends_at <= starts_at:
        raise CouponRefused(_("A coupon ends after it starts."))
    codes = [code.upper() for code in fresh_codes(Coupon, "code", many)]
    terms = {
        "brand_id": koc.brand_id,
        "koc": koc,
        "channel": channel,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "valid_days": valid_days,
    }
    return Coupon.objects.bulk_create([Coupon(code=code, stock=1, **terms) for code in codes])


@in_transaction
def give_coupon(*, coupon: Coupon, customers: Sequence[Customer], at: datetime) -> int:
    """Give a coupon to customers; for those who have it already, the time of the first receipt stays. Returns how many
    did not have it. Raises CouponRefused."""
    if any(customer.brand_id != coupon.brand_id for customer in customers):
        raise CouponRefused(_("A customer is of another brand."))
    before = CouponReceipt.objects.filter(coupon=coupon).count()
    CouponReceipt.objects.bulk_create(
        [CouponReceipt(coupon=coupon, customer=customer, received_at=at) for customer in customers],
        ignore_conflicts=True,
    )
    return CouponReceipt.objects.filter(coupon=coupon).count() - before


@in_transaction
def stop_coupon(*, coupon: Coupon, at: datetime) -> bool:
    """A stopped coupon credits nobody any more; earlier credits stay. False when it was stopped before."""
    return Coupon.objects.filter(pk=coupon.pk, stopped_at=None).update(stopped_at=at) == 1


@in_transaction
def release_uses(*, uses: Collection[tuple[int, str, str]]) -> None:
    """Coupons, each with the shop and the number of an order that is credited anew: what they were used for is decided once
    more. The caller has locked the facts that decide this. Locks the coupons in pk order."""
    if not uses:
        return
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_USES, [list(column) for column in zip(*uses, strict=True)])
        counts = Counter(coupon for (coupon,) in cursor.fetchall())
        if counts:
            cursor.execute(COUNT_USES, [list(counts), [-many for many in counts.values()]])


@in_transaction
def use_coupons(*, uses: Sequence[Used]) -> None:
    """Record the orders that coupons were used for. The caller has locked the facts that decided this; the database
    refuses a use beyond the stock. Locks the coupons in pk order."""
    CouponUse.objects.bulk_create(
        [
            CouponUse(
                coupon_id=use.coupon,
                customer_id=use.customer,
                shop=use.shop,
                order_key=use.order_key,
                used_at=use.paid_at,
            )
            for use in uses
        ],
        batch_size=1000,
    )
    counts = Counter(use.coupon for use in uses)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_USES, [list(counts), list(counts.values())])
