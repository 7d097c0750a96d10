"""Where a share leads: a page of the brand's own, never one that the reader names."""

from urllib.parse import quote, urlsplit, urlunsplit

SKU = "{sku}"


def product_page(template: str, sku: str) -> str:
    """The landing page of a product: the SKU stands where `{sku}` stood."""
    return template.replace(SKU, quote(sku, safe=""))


def brand_page(template: str) -> str:
    """The brand's own page: its landing page if that is not one of a product, else the front page of the same site."""
    site = urlsplit(template)
    return template if SKU not in template else urlunsplit((site.scheme, site.netloc, "/", "", ""))


def with_click(url: str, click: str) -> str:
    """The page with the click's id added to its query; what stood there stays as it was, the fragment behind it."""
    page = urlsplit(url)
    return urlunsplit((page.scheme, page.netloc, page.path, f"{page.query}&grove_click={quote(click)}".lstrip("&"), page.fragment))
