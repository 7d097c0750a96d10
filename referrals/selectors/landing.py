"""Where a share leads now."""

from typing import Any

from content.models import Kit
from referrals.domain.landing import brand_page, product_page
from referrals.models import Share


def share_behind(code: str) -> Share | None:
    """The share with that code, with all that a redirect needs, in one query."""
    if "\0" in code:
        return None
    return Share.objects.select_related("kit__product", "brand").filter(code=code).first()


def landing_page(share: Share) -> str:
    """The product's page; the brand's own when the kit has no product or has ended."""
    kit: Any = share.kit
    template = share.brand.landing_url
    if kit.product is None or kit.status == Kit.Status.ENDED:
        return brand_page(template)
    return product_page(kit.product.landing_url or template, kit.product.sku)
