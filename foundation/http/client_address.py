"""Whom to count when a limit is per address."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from foundation.http.addresses import address_behind, network_of


def address_of(request: HttpRequest | Request) -> str:
    """From where a request comes, as far as `NUM_PROXIES` are to be believed; the addresses of one subscriber of IPv6
    are one. Empty when nobody says."""
    remote: str = request.META.get("REMOTE_ADDR") or ""
    address = address_behind(remote, request.META.get("HTTP_X_FORWARDED_FOR"), proxies=settings.NUM_PROXIES) or remote
    place = network_of(address)
    return place.hex() if place else address
