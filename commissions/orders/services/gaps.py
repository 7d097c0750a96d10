"""What an earlier telling of an order left open, and a later one says: the buyer, and what brought the order."""

from collections.abc import Mapping, Sequence

from commissions.orders.domain.sales import Sale
from commissions.orders.models import Order
from commissions.orders.selectors.intake import ExistingRows
from foundation.phones import e164
from referrals.attribution.services import keep_acquaintances
from referrals.coupons.domain.coupons import typed_code

FILLED = [
    "customer_id", "phone_unread", "given_koc_id", "given_share_id", "given_click_id", "awaited_click", "given_coupon_id",
]  # fmt: skip


def named_by(sale: Sale, existing: ExistingRows, customers: Mapping[str, int]) -> dict[str, object]:
    """What a sale says of its buyer and of what brought it, by the columns of an order; empty where it leaves that open."""
    click = existing.clicks.get(sale.click or "")
    return {
        "customer_id": customers[sale.customer.id] if sale.customer else None,
        "phone_unread": is_phone_unread(sale, existing),
        "given_koc_id": existing.kocs.get(sale.koc or ""),
        "given_share_id": existing.shares.get(sale.share or ""),
        "given_click_id": click[0] if click else None,
        "awaited_click": existing.awaited.get(sale.click or ""),
        "given_coupon_id": existing.coupons.get(typed_code(sale.coupon or "")),
    }


def is_phone_unread(sale: Sale, existing: ExistingRows) -> bool:
    """Whether nothing is known of the buyer's phone although the shop sent one: it is masked, say."""
    if sale.customer is None or not (sale.customer.phone or "").strip():
        return False
    return not existing.customers.get(sale.customer.id, (0, ""))[1] and e164(sale.customer.phone or "") is None


def fill_gaps(order: Order, sale: Sale, existing: ExistingRows, customers: Mapping[str, int]) -> bool:
    """Take over what the order leaves open and the sale says; whether that was anything. The clock looks at it again."""
    said = named_by(sale, existing, customers)
    if order.customer_id is not None:
        said.pop("phone_unread")
    if order.given_click_id or order.awaited_click:
        said["given_click_id"] = said["awaited_click"] = None
    gaps = {column: value for column, value in said.items() if value and not getattr(order, column)}
    for column, value in gaps.items():
        setattr(order, column, value)
    order.told_again = order.told_again or bool(gaps)
    return bool(gaps)


def write_filled(orders: Sequence[Order], existing: ExistingRows) -> None:
    """Write orders whose gaps were filled. A buyer whose click is known is the visitor."""
    fields = [column.removesuffix("_id") for column in FILLED]
    Order.objects.bulk_update(orders, [*fields, "told_again"], batch_size=1000)
    visitors = dict(existing.clicks.values())
    keep_acquaintances(
        (order.customer_id, visitors[order.given_click_id])
        for order in orders
        if order.customer_id and order.given_click_id in visitors
    )
