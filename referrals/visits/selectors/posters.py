"""What the poster behind a code shows."""

from typing import Any

from django.db.models.functions import Coalesce

from content.media.selectors import avatar_column
from content.posters.domain.posters import PictureFacts, PosterFacts
from content.posters.selectors import columns_of_kit, facts_in
from foundation.postgres.saved_queries import SavedQuery
from referrals.shares.models import Share
from referrals.shares.rendering import link_of


def _shown(code: str) -> Any:
    shares = Share.objects.filter(code=code).annotate(shown=Coalesce("version", "kit__version"))
    title = Coalesce("version__title", "kit__version__title", "kit__title")
    return shares.values_list("koc__name", avatar_column("koc"), title, *columns_of_kit("kit", version="shown"))


_SHOWN = SavedQuery(_shown, code=str)


def poster_behind(code: str) -> PosterFacts | None:
    """All that the poster of a share shows, in one query."""
    if "\0" in code:
        return None
    for name, avatar, title, *kit in _SHOWN.rows(code=code):
        shown = PictureFacts(**avatar) if avatar else None
        return PosterFacts(facts_in(tuple(kit), title=title), name, link_of(code), shown)
    return None
