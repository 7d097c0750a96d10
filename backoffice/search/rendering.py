"""What a search found, as lines that lead to pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from unfold.dataclasses import SearchResult

from accounts.people.models import Customer, Koc
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from commissions.payouts.models import PayoutLine
from commissions.settlement.models.statements import Statement
from content.kits.models import Kit
from foundation.admin.pages import page_of
from referrals.coupons.models import Coupon
from referrals.shares.models import Share

ICONS: dict[type[Model], str] = {
    Koc: "group",
    Customer: "shopping_bag",
    Order: "receipt_long",
    Commission: "payments",
    Statement: "description",
    Kit: "inventory_2",
    Share: "share",
    Coupon: "confirmation_number",
    PayoutLine: "receipt",
}


def lines(found: Mapping[type[Model], Sequence[Any]]) -> list[SearchResult]:
    """A line for each row: what it is called, and what it is."""
    return [
        SearchResult(title=str(row), description=str(row._meta.verbose_name), link=page_of(row), icon=ICONS[model])
        for model, rows in found.items()
        for row in rows
    ]
