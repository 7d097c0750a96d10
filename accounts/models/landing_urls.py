"""What a form says of an address to which no link may lead."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.domain.faults import LONGEST, on_one_line
from accounts.domain.landing_urls import BRACES, NO_HOST, NOT_HTTP, TOO_LONG, fault_of

SAID = {
    NOT_HTTP: _("“%(value)s” is not an http or https address."),
    NO_HOST: _("“%(value)s” names no host that a browser could open."),
    BRACES: _("“%(value)s” may have no braces but {sku}, and that behind the host."),
    TOO_LONG: _("“%(value)s” is too long."),
}


def validate_landing_url(url: str) -> None:
    """The rule of `accounts.domain.landing_urls`, as Django asks for it."""
    if fault := fault_of(url):
        shown = on_one_line(url if len(url) <= LONGEST else f"{url[:LONGEST]}…")
        raise ValidationError(SAID[fault], code="landing_url", params={"value": shown})
