"""What KOCs read about products."""

from django.utils.translation import gettext as _


def not_used_yet(product: str) -> str:
    """Why somebody may not recommend a product, and what helps."""
    return _(
        "Only who has used it may recommend it: no order of yours with %(product)s has been delivered. If you have it from elsewhere, tell the brand."
    ) % {"product": product}
