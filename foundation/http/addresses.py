"""The origin of a request: one network for all the addresses that one subscriber has."""

import socket


def address_behind(remote: str, forwarded: str | None, *, proxies: int) -> str:
    """The address of the client: with proxies in front the one that the outermost of them saw, else the peer's. Empty
    when they do not report one."""
    if not proxies:
        return remote
    if not forwarded:
        return ""
    addresses = forwarded.split(",")
    return addresses[-min(proxies, len(addresses))].strip()


def network_of(address: str) -> bytes:
    """The bytes of an address, with or without a port: of IPv6 the first 64 bits, which one subscriber has. Empty for
    what is no address."""
    try:
        if ":" not in address:
            return socket.inet_pton(socket.AF_INET, address)
        if address.count(":") == 1:  # some proxies add the port
            return socket.inet_pton(socket.AF_INET, address.partition(":")[0])
        packed = socket.inet_pton(socket.AF_INET6, address.lstrip("[").partition("]")[0])
    except (OSError, ValueError):
        return b""
    return packed[12:] if packed.startswith(b"\0" * 10 + b"\xff\xff") else packed[:8]
