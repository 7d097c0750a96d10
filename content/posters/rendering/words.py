"""The words of Grove's own on a poster, in the language of its texts."""

from typing import NamedTuple

from django.utils.translation import gettext, override


class PosterWords(NamedTuple):
    """What stands beside the texts of the brand. It does not say that the KOC has used the product: whether they have is
    for others to know (广告法 Art. 38). `somebody` stands in the place of a name of which nothing can be drawn."""

    recommends: str
    hint: str
    somebody: str


def words_in(language: str) -> PosterWords:
    """The words in zh-hans or en; every Chinese language has the first, every other the second."""
    with override("zh-hans" if language.lower().startswith("zh") else "en"):
        return PosterWords(
            recommends=gettext("recommends it to you"),
            hint=gettext("Press and hold the code to see it"),
            somebody=gettext("A customer"),
        )
