"""A brand may have several shops, each with order numbers of its own."""

MAIN = "main"
"""the shop of all that names none"""


def shown_number(shop: str, key: str) -> str:
    """What a shop numbers, as people read it: `key`, and `shop/key` where the shop is not `main`."""
    return key if shop == MAIN else f"{shop}/{key}"
