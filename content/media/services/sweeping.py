"""Files without a row are removed."""

import logging
from datetime import datetime, timedelta

from content.media.models import Media
from content.media.services.pictures import DAY, picture_files

logger = logging.getLogger(__name__)
SAFE_DAYS = 2
"""A file is written before its row: one of today may get it still, and one of yesterday around midnight."""
LOOKED_AT_DAYS = 30
"""Older days are not listed again each hour."""


def sweep_media(*, at: datetime) -> int:
    """Remove the files of the last 30 days that have no row, left by uploads that failed half way; not those of today and
    yesterday. Returns how many. Repeatable at any moment: what has no row by then never gets one. A file that cannot be
    removed keeps no other."""
    removed = 0
    files = picture_files()
    for days in range(SAFE_DAYS, LOOKED_AT_DAYS):
        day = f"{at - timedelta(days=days):{DAY}}"
        names = files.listdir(day)[1]
        known = set(Media.objects.filter(stem__startswith=f"{day}/").values_list("stem", flat=True)) if names else set()
        for name in names:
            if f"{day}/{stem_of(name)}" in known:
                continue
            try:
                files.delete(f"{day}/{name}")
                removed += 1
            except Exception:
                logger.exception("%s could not be removed", name)
    return removed


def stem_of(name: str) -> str:
    """`9f3a` of `9f3a-320.jpg`, and of what a process left half written."""
    return name.split(".")[0].split("-")[0]
