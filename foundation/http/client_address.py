"""The client to count when a limit is per address."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from foundation.http.addresses import address_behind, network_of


def address_of(request: HttpRequest | Request) -> str:
    """The address from which a request comes, trusting `NUM_PROXIES` proxies; the addresses of one subscriber of IPv6
    are one. Empty when it is unknown."""
    remote: str = request.META.get("REMOTE_ADDR") or ""
    address = address_behind(remote, request.META.get("HTTP_X_FORWARDED_FOR"), proxies=settings.NUM_PROXIES) or remote
    network = network_of(address)
    return network.hex() if network else address
