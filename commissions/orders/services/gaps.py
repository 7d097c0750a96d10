"""What an earlier telling of an order left open, and a later one says: the buyer, and what brought the order."""

from collections.abc import Mapping, Sequence

from commissions.orders.domain.sales import Sale
from commissions.orders.models import Order
from commissions.orders.selectors.intake import ExistingRows
from foundation.phones import e164
from referrals.attribution.services import keep_acquaintances
from referrals.coupons.domain.coupons import typed_code
from referrals.visits.models import Visit

FILLED = [
    "customer_id", "phone_unreadable", "given_koc_id", "given_share_id", "given_click_id", "awaited_click", "given_coupon_id",
]  # fmt: skip


def columns_said(sale: Sale, existing: ExistingRows, customers: Mapping[str, int]) -> dict[str, object]:
    """What a sale says of its buyer and of what brought it, by the columns of an order; empty where it leaves that open."""
    click = existing.clicks.get(sale.click or "")
    return {
        "customer_id": customers[sale.customer.id] if sale.customer else None,
        "phone_unreadable": _is_phone_unreadable(sale, existing),
        "given_koc_id": existing.kocs.get(sale.koc or ""),
        "given_share_id": existing.shares.get(sale.share or ""),
        "given_click_id": click[0] if click else None,
        "awaited_click": existing.awaited.get(sale.click or ""),
        "given_coupon_id": existing.coupons.get(typed_code(sale.coupon or "")),
    }


def _is_phone_unreadable(sale: Sale, existing: ExistingRows) -> bool:
    """Whether nothing is known of the buyer's phone although the shop sent one: it is masked, say."""
    if sale.customer is None or not (sale.customer.phone or "").strip():
        return False
    return not existing.customers.get(sale.customer.id, (0, ""))[1] and e164(sale.customer.phone or "") is None


def tells_a_phone(sale: Sale, existing: ExistingRows) -> bool:
    """Whether a sale says the phone of a buyer of whom none was known."""
    buyer = sale.customer
    return buyer is not None and not existing.customers.get(buyer.id, (0, ""))[1] and bool(e164(buyer.phone or ""))


def fill_gaps(order: Order, sale: Sale, existing: ExistingRows, customers: Mapping[str, int]) -> bool:
    """Take over what the order leaves open and the sale says; whether that was anything. The clock looks at it again: it may
    show an own purchase."""
    said = columns_said(sale, existing, customers)
    if order.customer_id is not None:
        said.pop("phone_unreadable")
    if order.given_click_id or order.awaited_click:
        said["given_click_id"] = said["awaited_click"] = None
    gaps = {column: value for column, value in said.items() if value and not getattr(order, column)}
    for column, value in gaps.items():
        setattr(order, column, value)
    has_phone = tells_a_phone(sale, existing)
    if has_phone:
        order.phone_unreadable = False
    if gaps.keys() - {"phone_unreadable"}:
        order.gap_filled = True
    if gaps or has_phone:
        order.told_again = True
    return bool(gaps) or has_phone


def write_filled(orders: Sequence[Order]) -> None:
    """Write orders whose gaps were filled. A buyer whose click is known is the visitor."""
    fields = [column.removesuffix("_id") for column in FILLED]
    Order.objects.bulk_update(orders, [*fields, "gap_filled", "told_again"], batch_size=1000)
    clicks = {order.given_click_id: order.customer_id for order in orders if order.given_click_id and order.customer_id}
    visitors = Visit.objects.filter(pk__in=clicks).values_list("pk", "visitor") if clicks else ()
    keep_acquaintances((clicks[click], visitor) for click, visitor in visitors)
