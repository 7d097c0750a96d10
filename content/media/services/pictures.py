"""Pictures are stored: drawn anew, with thumbnails, once for who uploads them."""

import logging
from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage, storages

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.media.domain.formats import EXTENSIONS
from content.media.domain.headers import memory_of, scale_of
from content.media.domain.limits import LONGEST_ALT
from content.media.domain.refusals import AltTooLong
from content.media.domain.sizes import file_name
from content.media.models import Media
from content.media.rendering.pictures import Stored, inspected, stored
from content.media.services.room import ROOM
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

logger = logging.getLogger(__name__)
DAY = "%Y%m%d"


def picture_files() -> Storage:
    return storages["media"]


def store_picture(
    *,
    brand: Brand,
    file: IO[bytes],
    alt: str = "",
    by: User | None,
    koc: Koc | None = None,
    is_private: bool = True,
    at: datetime,
) -> Media:
    """Store a picture of a brand, which staff or one of its KOCs uploaded: without EXIF and place, upright, in sRGB.

    1. What the file is, and whether it may be opened, is decided from its first bytes and its header.
    2. It is opened in the memory that all pictures share.
    3. Files are written first, under a name of their own; then the row. What has no row is removed by `sweep_media`.

    Key: (brand, koc, digest of what is stored): the same picture again is the same row, with what the new upload adds: words, or
    that all may see it. Call it outside of a
    transaction, which would hold its rows meanwhile. Raises PictureRefused, AltTooLong, PicturesBusy."""
    alt = " ".join(alt.split())
    if len(alt) > LONGEST_ALT:
        raise AltTooLong(Message("At most %(most)s characters say what it shows.", most=LONGEST_ALT))
    header = inspected(file)
    with ROOM.of(memory_of(header, scale=scale_of(header))):
        picture = stored(file, header)
    try:
        known = Media.objects.filter(brand=brand, koc=koc, digest=picture.digest).first()
        if known is not None:
            return _with_what_is_new(known, alt=alt, is_private=is_private)
        media = Media(
            brand=brand,
            koc=koc,
            uploaded_by=by,
            digest=picture.digest,
            stem=f"{at:{DAY}}/{token_hex(16)}",
            format=picture.format,
            width=picture.width,
            height=picture.height,
            bytes=picture.bytes,
            alt=alt,
            is_private=is_private,
            created_at=at,
        )
        _write(media, picture)
        kept = _keep(media)
        if kept.stem != media.stem:  # the same picture came at the same moment
            _remove(media.names)
        return kept
    finally:
        for part in picture.files.values():
            part.close()


def _with_what_is_new(known: Media, *, alt: str, is_private: bool) -> Media:
    """A picture that came again: made public if it was meant to be now, with words if it had none."""
    said = known.alt or alt, known.is_private and is_private
    if said == (known.alt, known.is_private):
        return known
    return describe_picture(media=known, alt=said[0], is_private=said[1])


def _write(media: Media, picture: Stored) -> None:
    for width, part in picture.files.items():
        picture_files().save(file_name(media.stem, EXTENSIONS[media.format], width), File(part))


@in_transaction
def _keep(media: Media) -> Media:
    """The row of a picture; of two at once the first."""
    Media.objects.bulk_create([media], ignore_conflicts=True)
    kept: Media = Media.objects.get(brand=media.brand_id, koc=media.koc_id, digest=media.digest)
    return kept


@in_transaction
def describe_picture(*, media: Media, alt: str, is_private: bool) -> Media:
    """Say what a picture shows and who may see it. A picture that was public may stay in caches for as long as they keep
    it. Raises AltTooLong."""
    alt = " ".join(alt.split())
    if len(alt) > LONGEST_ALT:
        raise AltTooLong(Message("At most %(most)s characters say what it shows.", most=LONGEST_ALT))
    Media.objects.filter(pk=media.pk).update(alt=alt, is_private=is_private)
    media.alt, media.is_private = alt, is_private
    return media


def remove_picture(*, media: Media) -> None:
    """Remove a picture that nothing refers to: its row first, so that no row is without its files. Raises
    ProtectedError while something refers to it."""
    names = media.names
    media.delete()
    _remove(names)


def _remove(names: Iterable[str]) -> None:
    """One that cannot be removed keeps no other; the sweep comes back to it."""
    for name in names:
        try:
            picture_files().delete(name)
        except Exception:
            logger.exception("%s could not be removed", name)
