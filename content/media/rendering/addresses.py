"""Where a picture is fetched: public ones at an address that never changes, private ones at one that is signed and
expires."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.core.files.storage import storages

from content.media.domain.formats import CONTENT_TYPES, EXTENSIONS
from content.media.domain.sizes import width_for
from content.media.models import Media

SHOWN_FOR = timedelta(hours=1)
"""At least so long a private address is good, and at most twice as long: it stays the same meanwhile, so that a browser
fetches the picture once."""
SALT = "grove.media"
THUMBNAIL = 320
"""Pixels across, of the picture in a list."""


def address_of(media: Media, *, at: datetime, width: int | None = None) -> str:
    """The address of a picture, or of its thumbnail with at least `width` pixels across. A private one is for who sees
    this page now: the address is good for an hour or two."""
    shown = width_for(width, media.width)
    if not media.is_private:
        return _public_address(media.public_id, media.format, shown)
    until = expiry(at)
    if settings.S3_BUCKET:
        return _signed_by_bucket(media, shown, seconds=ceil((until - at).total_seconds()))
    said = f"{media.public_id}-{shown or 0}-{int(until.timestamp())}"
    return f"{settings.PUBLIC_URL}/media/private/{signing.Signer(salt=SALT).sign(said)}"


def _public_address(public_id: str, format: str, shown: int | None) -> str:
    name = public_id if shown is None else f"{public_id}-{shown}"
    return f"{settings.MEDIA_URL_BASE}/media/{name}.{EXTENSIONS[format]}"


def shown_pictures(pictures: Sequence[Sequence[dict[str, Any]]], *, at: datetime) -> list[list[dict[str, Any]]]:
    """Pictures of several rows as clients show them, from what `shown_columns` selected."""
    ids = Media.public_ids_by_number(picture["pk"] for row in pictures for picture in row)
    return [[_shown(picture, str(ids[picture["pk"]]), at) for picture in row] for row in pictures]


def _shown(picture: dict[str, Any], public_id: str, at: datetime) -> dict[str, Any]:
    if picture["is_private"]:
        media = Media(**picture)
        url, thumbnail_url = address_of(media, at=at), address_of(media, at=at, width=THUMBNAIL)
    else:
        narrow = width_for(THUMBNAIL, picture["width"])
        url, thumbnail_url = (_public_address(public_id, picture["format"], width) for width in (None, narrow))
    return {
        "id": public_id,
        "url": url,
        "thumbnail_url": thumbnail_url,
        "width": picture["width"],
        "height": picture["height"],
        "alt": picture["alt"],
    }


def expiry(at: datetime) -> datetime:
    """The end of the next whole hour."""
    return at.replace(minute=0, second=0, microsecond=0) + 2 * SHOWN_FOR


def _signed_by_bucket(media: Media, width: int | None, *, seconds: int) -> str:
    parameters = {
        "ResponseContentType": CONTENT_TYPES[media.format],
        "ResponseContentDisposition": f'inline; filename="{file_name_of(media, width)}"',
        "ResponseCacheControl": "private, max-age=3600",
    }
    files = storages["media"]
    return str(files.url(media.name_at(width), parameters=parameters, expire=seconds))  # type: ignore[call-arg]


def file_name_of(media: Media, width: int | None) -> str:
    """What a picture is called on the disk of who saves it."""
    return f"{media.public_id}{f'-{width}' if width else ''}.{EXTENSIONS[media.format]}"


class Asked(NamedTuple):
    """What an address names."""

    public_id: str
    width: int | None


def asked_by_signature(signed: str, *, at: datetime) -> Asked | None:
    """What a private address names; None for one that expired or that was altered."""
    try:
        public_id, width, until = signing.Signer(salt=SALT).unsign(signed).split("-")
    except (signing.BadSignature, ValueError):
        return None
    return Asked(public_id, int(width) or None) if at.timestamp() < int(until) else None


def asked_by_name(name: str) -> Asked | None:
    """What a public address names; None for what never was one."""
    public_id, dash, width = name.split(".")[0].partition("-")
    if dash and not (width.isascii() and width.isdigit() and len(width) < 6):
        return None
    return Asked(public_id, int(width) if width else None)
