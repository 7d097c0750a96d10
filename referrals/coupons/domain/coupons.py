"""Whether a coupon credits its KOC with an order."""

from datetime import datetime, timedelta
from typing import NamedTuple


def typed_code(text: str) -> str:
    """What somebody typed as a coupon, as it is looked up: without blanks, in capitals."""
    return "".join(text.split()).upper()


class CouponTerms(NamedTuple):
    """When and how often a coupon is good. Empty: no such limit."""

    is_stopped: bool
    starts_at: datetime
    ends_at: datetime | None
    valid_days: int | None
    """after the customer received it; a customer who never did cannot use it"""
    stock: int | None
    most_per_customer: int | None


class Used(NamedTuple):
    """An order that a coupon was good for. A guest is no customer."""

    coupon: int
    customer: int | None
    shop: str
    order_key: str
    paid_at: datetime


def why_not(
    terms: CouponTerms, *, paid_at: datetime, received_at: datetime | None, used: int, used_by_customer: int
) -> str:
    """Why a coupon is not good for an order, in one word; empty when it is. Half-open: [starts_at, ends_at), [received,
    received + valid_days)."""
    if terms.is_stopped:
        return "stopped"
    if out_of_time := _out_of_time(terms, paid_at, received_at):
        return out_of_time
    if terms.stock is not None and used >= terms.stock:
        return "used_up"
    if terms.most_per_customer is not None and used_by_customer >= terms.most_per_customer:
        return "used_before"
    return ""


def _out_of_time(terms: CouponTerms, paid_at: datetime, received_at: datetime | None) -> str:
    if paid_at < terms.starts_at:
        return "too_early"
    ends = [terms.ends_at] if terms.ends_at is not None else []
    if terms.valid_days is not None:
        if received_at is None or paid_at < received_at:
            return "not_received"
        ends.append(received_at + timedelta(days=terms.valid_days))
    return "expired" if any(paid_at >= end for end in ends) else ""
