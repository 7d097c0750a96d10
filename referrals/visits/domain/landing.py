"""Where a share leads: a page of the brand's own, never one that the request names."""

from urllib.parse import quote, urlsplit, urlunsplit

from accounts.brands.domain.landing_urls import LONGEST_SENT, SKU, fault_of, sent


def landing_page(*, brand_url: str, product_url: str, sku: str | None) -> str | None:
    """Where a share leads, in ASCII: the product's own page, else the brand's page of it, else the brand's own. `sku`
    is None when there is no product to show.

    Whatever the database holds: an address that is not sound (`accounts.brands.domain.landing_urls`), or too long with
    the SKU in it, is passed over. None when the brand has none that is."""
    templates = [] if sku is None else [product_url, brand_url]
    pages = [product_page(url, sku or "") for url in templates if not fault_of(url)]
    if not fault_of(brand_url):
        pages.append(brand_page(brand_url))
    return next((page for page in map(sent, pages) if len(page) <= LONGEST_SENT), None)


def product_page(template: str, sku: str) -> str:
    """The landing page of a product: the SKU in the place of `{sku}`."""
    return template.replace(SKU, quote(sku, safe=""))


def brand_page(template: str) -> str:
    """The brand's own page: its landing page if that is not one of a product, else the front page of the same site."""
    site = urlsplit(template)
    return template if SKU not in template else urlunsplit((site.scheme, site.netloc, "/", "", ""))


def with_click(url: str, click: str) -> str:
    """The page with the click's id added to its query; the rest of the query stays as it was, and the fragment comes
    last."""
    page = urlsplit(url)
    return urlunsplit(
        (page.scheme, page.netloc, page.path, f"{page.query}&grove_click={quote(click)}".lstrip("&"), page.fragment)
    )
