"""The look that was chosen for a kit's posters."""

from django.db.models import F, Q

from content.kits.models import Kit
from content.posters.models import PosterStyle


def style_of(kit: Kit) -> PosterStyle:
    """The kit's own look, else the brand's, else the first design. Not saved when nobody chose it."""
    chosen: PosterStyle | None = (
        PosterStyle.objects.filter(Q(kit=kit) | Q(kit=None), brand=kit.brand_id)
        .order_by(F("kit").asc(nulls_last=True))
        .first()
    )
    return chosen or PosterStyle(brand=kit.brand)
