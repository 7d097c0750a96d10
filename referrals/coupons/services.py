"""Coupons are made, given to customers, used and stopped."""

from collections import Counter
from collections.abc import Iterable, Sequence
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
COUNT_USES = """
WITH held AS MATERIALIZED (
    SELECT id, use.count FROM referrals_coupon JOIN unnest(%s::bigint[], %s::int[]) AS use(coupon, count) ON use.coupon = id
    ORDER BY id FOR NO KEY UPDATE OF referrals_coupon
)
UPDATE referrals_coupon SET used = used + held.count FROM held WHERE referrals_coupon.id = held.id
"""


@transaction.atomic
def import_coupons(*, brand: Brand, lines: Iterable[str], name: str) -> ImportResult:
    """Import a file of coupons, all or nothing; the same file again changes nothing. An empty limit is none.

    Key: (brand, coupon), in upper case. A coupon cannot change its KOC; a stock cannot fall below the number of uses.
    Waits for other imports of the brand, and locks the coupons in pk order. Raises BadFile."""
    lock_imports(brand)
    faults = RowErrors(name)
    rows = list(parse_rows(lines, COLUMNS, faults))
    kocs = dict(Koc.objects.filter(brand=brand, key__in={values[1] for _, values in rows}).values_list("key", "pk"))
    coupons = {
        coupon.code: coupon
        for coupon in Coupon.objects.select_for_update()
        .filter(brand=brand, code__in={values[0].upper() for _, values in rows})
        .order_by("pk")
    }
    fields_by_code: dict[str, dict[str, Any]] = {}
    for row, (code, koc, *terms) in rows:
        if code.upper() in fields_by_code:
            faults.add(row, "the coupon stands twice", "coupon", code)
        fields_by_code[code.upper()] = {"koc_id": kocs.get(koc)} | dict(
            zip([column.name for column in COLUMNS[2:]], terms, strict=True)
        )
        _check(row, code, koc, fields_by_code[code.upper()], coupons.get(code.upper()), faults)
    faults.refuse_if_any()
    new = [Coupon(brand=brand, code=code, **fields) for code, fields in fields_by_code.items() if code not in coupons]
    changed = []
    for code, coupon in coupons.items():
        differing = {field: value for field, value in fields_by_code[code].items() if getattr(coupon, field) != value}
        for field, value in differing.items():
            setattr(coupon, field, value)
        if differing:
            changed.append(coupon)
    Coupon.objects.bulk_create(new, batch_size=1000)
    Coupon.objects.bulk_update(changed, [column.name for column in COLUMNS[2:]], batch_size=1000)
    return ImportResult(len(new), len(changed), len(fields_by_code) - len(new) - len(changed))


def _check(row: int, code: str, koc: str, fields: dict[str, Any], before: Coupon | None, faults: RowErrors) -> None:
    if fields["koc_id"] is None:
        faults.add(row, "unknown koc", "koc", koc)
    elif before and before.koc_id != fields["koc_id"]:
        faults.add(row, "the coupon is another KOC's", "koc", koc)
    if " " in code:
        faults.add(row, "a coupon has no blanks", "coupon", code)
    if fields["channel"] not in Channel.values:
        faults.add(row, "no such channel", "channel", fields["channel"])
    if fields["ends_at"] and fields["ends_at"] <= fields["starts_at"]:
        faults.add(row, "a coupon ends after it starts", "ends_at", fields["ends_at"].isoformat())
    if before and fields["stock"] is not None and fields["stock"] < before.used:
        faults.add(row, f"the coupon was used {before.used} times", "stock", fields["stock"])


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
def use_coupons(*, uses: Sequence[Used]) -> None:
    """Record the orders that coupons were used for. The caller has locked the facts that decided this; the database
    refuses a use beyond the stock. Locks the coupons in pk order."""
    CouponUse.objects.bulk_create(
        [
            CouponUse(coupon_id=use.coupon, customer_id=use.customer, order_key=use.order_key, used_at=use.paid_at)
            for use in uses
        ],
        batch_size=1000,
    )
    counts = Counter(use.coupon for use in uses)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_USES, [list(counts), list(counts.values())])
