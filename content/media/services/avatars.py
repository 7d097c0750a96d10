"""What KOCs show of themselves."""

from contextlib import suppress
from datetime import datetime

from django.db.models import ProtectedError

from accounts.people.models import Koc
from content.media.models import Avatar, Media
from content.media.services.pictures import remove_picture
from foundation.postgres.transactions import in_transaction


def set_avatar(*, koc: Koc, media: Media, at: datetime) -> None:
    """Show this picture of a KOC, which they uploaded, from now on; the one before is removed unless something else shows
    it. The same again changes nothing. Locks the KOC; call it outside of a transaction."""
    for before in _shown_from_now_on(koc, media, at):
        _remove_unless_shown(before)


def remove_avatar(*, koc: Koc, media: Media | None = None) -> None:
    """Show no picture of a KOC any more; with `media`, only if it is that one which they show. It is removed unless
    something else shows it. Call it outside of a transaction."""
    for one in _not_shown_any_more(koc, media):
        _remove_unless_shown(one)


@in_transaction
def _shown_from_now_on(koc: Koc, media: Media, at: datetime) -> list[Media]:
    """The other picture that was shown until now."""
    Koc.objects.select_for_update(no_key=True).get(pk=koc.pk)
    before = [one.media for one in Avatar.objects.select_related("media").filter(koc=koc)]
    if before != [media]:
        Avatar.objects.update_or_create(koc=koc, defaults={"media": media, "set_at": at})
    return [one for one in before if one != media]


@in_transaction
def _not_shown_any_more(koc: Koc, media: Media | None) -> list[Media]:
    """The picture that was shown until now, if it is this one."""
    avatar = Avatar.objects.select_related("media").select_for_update(of=("self",)).filter(koc=koc)
    shown = list(avatar if media is None else avatar.filter(media=media))
    Avatar.objects.filter(pk__in=[one.pk for one in shown]).delete()
    return [one.media for one in shown]


def _remove_unless_shown(media: Media) -> None:
    with suppress(ProtectedError):
        remove_picture(media=media)
