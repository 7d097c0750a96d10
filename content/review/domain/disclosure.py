"""Whether a finished post says that it is advertising."""

import re

from content.review.domain.hits import Hit
from content.review.domain.word_lists import Said

REASON = Said(
    "Experience content with a link to buy must be marked 「广告」 so that a reader sees it.",
    "通过体验分享等形式附加购买链接的，应当显著标明“广告”。",
)
SOURCE = "互联网广告管理办法（2023）第九条"
SUGGESTION = Said("Write 「广告」 on its own before the link.", "在链接前单独写明“广告”。")

_LINK = re.compile(
    r"https?://[^\s，。！？；、）」】]+"
    r"|(?<![\w@.])(?:[a-z0-9][a-z0-9-]*\.)+(?:com|cn|net|org|shop|store|link|top|cc|co|io|me|tv|vip|xyz)(?![\w.])(?:/[^\s，。！？；、）」】]*)?"
    r"|([￥¥$€₤(/])[A-Za-z0-9]{8,}(?:\1|[)/])",
    re.IGNORECASE | re.ASCII,
)
_HAN = r"\u3400-\u9fff"
_MARK = re.compile(rf"(?<![{_HAN}A-Za-z0-9])(?:广告|廣告)(?![{_HAN}])")


def missing_disclosure(post: str) -> list[Hit]:
    """The first link of a finished post, if nothing in the post says 「广告」. The mark stands by itself: 不是广告 and 广告语 are
    none. A post without a link needs none."""
    link = _LINK.search(post)
    if link is None or _MARK.search(post):
        return []
    return [
        Hit(
            start=link.start(),
            end=link.end(),
            found=link[0],
            word="广告",
            category="disclosure",
            reason=REASON,
            source=SOURCE,
            suggestion=SUGGESTION,
            form="link",
        )
    ]
