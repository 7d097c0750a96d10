"""The web addresses to which a brand's links lead, as the brand writes them: in brand.yaml, in a file of products, in
the admin."""

import ipaddress
import re
from encodings import idna
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from foundation.files.cells import up_to
from foundation.texts.messages import Message

SKU = "{sku}"
LONGEST_URL = 500  # as it is written
LONGEST_SENT = 2_000  # as browsers write it, with the SKU put in: all proxies and browsers accept that much
LONGEST_SKU, LONGEST_NAME = 64, 253
NOT_HTTP = Message("is not an http or https address")
NO_HOST = Message("names no host that a browser could open")
BRACES = Message("may have no braces but {sku}, and that behind the host")
TOO_LONG = Message("is too long")

_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@]+))(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNESCAPED = "/#%[]=:;$&()+,!?*@'~"


def fault_of(url: str) -> str:
    """What is wrong with a landing URL; empty when nothing is.

    It is an absolute http or https address with a real host (a name, also one in other letters than ASCII; or an IP
    address), nobody's name before it, and a port from 1 to 65535 or none. `{sku}`, behind the host, stands for the
    product. It has no space, no backslash, nothing that cannot be printed and no other brace, and at most 500
    characters; 2,000 as browsers write it."""
    parts = _parts(url)
    if parts is None:
        return NOT_HTTP
    if "{" in parts.netloc or "}" in parts.netloc or re.search("[{}]", url.replace(SKU, "")):
        return BRACES
    if _host_sent(parts) is None:
        return NO_HOST
    return TOO_LONG if len(url) > LONGEST_URL or len(sent(url.replace(SKU, "x" * LONGEST_SKU))) > LONGEST_SENT else ""


def sent(url: str) -> str:
    """An address as browsers send it, in ASCII alone: its host in punycode, the rest percent-encoded. Encoded
    characters stay as they are. Raises ValueError."""
    parts = _parts(url)
    host = _host_sent(parts) if parts else None
    if parts is None or host is None:
        raise ValueError(NOT_HTTP)
    return urlunsplit((parts.scheme, host, *(quote(part, safe=_UNESCAPED) for part in parts[2:])))


def _parts(url: str) -> SplitResult | None:
    # Before it is split, which would drop some of these
    if not url.isprintable() or "\\" in url or any(map(str.isspace, url)):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.netloc else None


def _host_sent(parts: SplitResult) -> str | None:
    """Host and port in ASCII; None if no browser would find them."""
    match = _HOST.fullmatch(parts.netloc)
    host = match and (_address(match["six"]) if match["six"] else _name(match["name"].lower()))
    if match is None or host is None or not (0 < int(match["port"] or 80) < 2**16):
        return None
    return f"{host}:{int(match['port'])}" if match["port"] else host


def _address(text: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(text)}]"
    except ValueError:
        return None


def _name(host: str) -> str | None:
    """A host's name label by label, or its IPv4 address. A host that ends in a number can only be that."""
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    try:
        name = ".".join(map(_label, labels))
    except UnicodeError:
        return None
    return name + "." * host.endswith(".") if len(name) <= LONGEST_NAME else None


def _label(label: str) -> str:
    """A label in ASCII. Letters that IDNA would turn into others are refused, since browsers do not agree on them, and so
    is the Chinese full stop, which they read as a dot. Raises UnicodeError."""
    coded = label if label.isascii() else idna.ToASCII(label).decode()
    if not _LABEL.fullmatch(coded) or label.startswith("-") or label.endswith("-") or "。" in label:
        raise UnicodeError(label)
    is_made_up = label.isascii() and label.startswith("xn--") and label[4:].encode().decode("punycode").isascii()
    if is_made_up or (not label.isascii() and idna.ToUnicode(coded) != label):
        raise UnicodeError(label)
    return coded


def landing_url(cell: str) -> str:
    """Where links may lead; see `accounts.brands.domain.landing_urls`."""
    url = up_to(LONGEST_URL)(cell)
    if fault := fault_of(url):
        raise ValueError(fault)
    return url
