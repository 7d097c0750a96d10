"""Where a share leads now."""

from datetime import datetime
from typing import Any

from content.kits.models import Kit
from foundation.ids.codes import find_by_code
from referrals.shares.models import Share
from referrals.visits.domain.landing import landing_page


def share_behind(code: str) -> Share | None:
    """The share whose code somebody pasted, with all that a redirect needs, in one query."""
    return find_by_code(Share.objects.select_related("kit__product", "brand"), "code", code)


def has_ended(kit: Kit, *, at: datetime) -> bool:
    return kit.status == Kit.Status.ENDED or (kit.ends_at is not None and kit.ends_at <= at)


def page_behind(share: Share, *, at: datetime) -> str | None:
    """The product's page; the brand's own when the kit has no product or has ended. None when the brand has no address
    that a link may lead to."""
    kit: Any = share.kit
    product = None if has_ended(kit, at=at) else kit.product
    return landing_page(
        brand_url=share.brand.landing_url,
        product_url=product.landing_url if product else "",
        sku=product.sku if product else None,
    )
