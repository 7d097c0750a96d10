"""Which visitors are not people."""

import re
from functools import lru_cache

from crawleruseragents import is_crawler

# Link previews of messengers that the list of crawlers lacks. WeChat's own browser says MicroMessenger/8…, its previews
# say MicroMessenger Client.
BROWSERS = ("Mozilla/", "Opera/")
PREVIEWS = re.compile(
    r"preview|WeChatShareExtension|PageRenderer|spider|crawler|facebookexternalhit|MicroMessenger Client|WhatsApp/|TelegramBot|DingTalkBot|Lark-?Url",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_robot(user_agent: str) -> bool:
    """A crawler, a script or the preview of a messenger. Every browser, also one inside of an app, begins with a name
    of browsers: anything else is a robot."""
    return not user_agent.startswith(BROWSERS) or bool(PREVIEWS.search(user_agent)) or bool(is_crawler(user_agent))


def is_prefetch(purposes: list[str]) -> bool:
    """A browser loads the page in advance: nobody has opened it yet. `purposes` are the values of the headers that name
    a purpose."""
    return any("prefetch" in purpose.lower() or "preview" in purpose.lower() for purpose in purposes)
