"""Lines of sales, in one line of a test."""

from commissions.orders.domain.sales import SoldLine


def sold_line(key: str, sku: str | None, quantity: int, unit_price_minor: int, discount_minor: int = 0) -> SoldLine:
    return SoldLine(
        key=key, sku=sku, quantity=quantity, unit_price_minor=unit_price_minor, discount_minor=discount_minor
    )
