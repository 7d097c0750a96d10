"""The pictures that somebody may use, and what is shown of them."""

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.media.models import Avatar, Media


def media_of_brand(brand: Brand, public_id: str) -> Media | None:
    """The picture of that id, if it is the brand's own: another brand's is as if it were not there."""
    found: Media | None = Media.objects.with_public_id(public_id).filter(brand=brand).first()
    return found


def media_of_koc(koc: Koc, public_id: str) -> Media | None:
    """The picture of that id, if this KOC uploaded it."""
    found: Media | None = Media.objects.with_public_id(public_id).filter(brand=koc.brand_id, koc=koc).first()
    return found


def avatar_of(koc: int) -> Media | None:
    """The picture that a KOC shows of themselves."""
    shown = Avatar.objects.select_related("media").filter(koc=koc).first()
    return shown.media if shown else None


def avatar_column(koc: str) -> Subquery:
    """The row and the digest of the avatar of the KOC that `koc` leads to, as one column; NULL without one."""
    shown = Avatar.objects.filter(koc=OuterRef(koc))
    return Subquery(shown.values(found=JSONObject(media="media_id", digest="media__digest"))[:1])


def shown_columns(path: str) -> JSONObject:
    """What clients are shown of the picture that a row leads to, as one column, for `shown_pictures`."""
    columns = ("is_private", "stem", "format", "width", "height", "alt")
    return JSONObject(pk=f"{path}__pk", **{name: f"{path}__{name}" for name in columns})
