"""A share as its KOC posts it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import override

from content.channels.domain.counting import beginning
from content.channels.domain.limits import Post
from content.channels.selectors import channel_limits
from content.kits.domain.posts import Head, head_for, post_for
from content.kits.domain.templates import (
    CITY,
    DAYS,
    LINK,
    MOST_LETTERS,
    NAME,
    PRICE,
    PRODUCT,
    is_true_for,
    rendered,
    says_days,
)
from content.kits.domain.texts import DISCLOSURE, Text, texts_for
from content.kits.domain.variants import one_of_each
from content.kits.selectors.versions import pictures_of, texts_and_heads
from content.media.models import Media
from content.media.rendering.addresses import THUMBNAIL, address_of
from content.media.selectors import avatar_of
from content.products.domain import days_used
from content.products.selectors import used_since
from foundation.texts.amounts import shown
from referrals.shares.models import Share

MOST_SUMMARY = 120
MOST_WECOM_ATTACHMENTS = 9
CITY_ANSWERS = ("city", "城市")
"""what the question may be called that a KOC answered on joining"""


class SharedTexts(NamedTuple):
    """What a share says on its channel, with the KOC's own values in it, and the pictures that it shows."""

    texts: list[Text]
    post: Post
    pictures: list[Media]


def url_of(share: Share) -> str:
    return link_of(share.code)


def link_of(code: str) -> str:
    """The link that carries a code."""
    return f"{settings.PUBLIC_URL}/s/{quote(code, safe='')}"


def shared_texts(share: Share) -> SharedTexts:
    """The texts of a share's version for its channel, those that it drew, and the post of them: at most as long as the channel takes, for a
    version that was published for it."""
    version: Any = share.version or share.kit.version
    texts, heads = texts_and_heads(version) if version else ([], [])
    texts = one_of_each(texts, share.drawn or {})
    values = values_of(share)
    if any(map(says_days, [*(text.text for text in texts), *(head.title for head in heads)])):
        values |= _days_of(share)
    texts = [text for text in texts if is_true_for(text.text, values)]
    heads = [head for head in heads if is_true_for(head.title, values)]
    said = [text._replace(text=rendered(text.text, values)) for text in texts_for(share.channel, texts)]
    post = post_for(share.channel, texts, heads, values)
    limit = channel_limits().get(share.channel)
    pictures = (pictures_of(version) if version else [])[: limit.pictures.most if limit else None]
    return SharedTexts(said, Post(post.text, _title(share, heads, values), post.tags, len(pictures)), pictures)


def _title(share: Share, heads: Sequence[Head], values: Mapping[str, str]) -> str:
    """The title of a post where the channel has titles: the one that was written for it, else the kit's, as much of it
    as the channel takes."""
    limits = channel_limits().get(share.channel)
    if limits is None or limits.title is None:
        return ""
    title = rendered(head_for(share.channel, heads).title, values) or title_of(share)
    return beginning(title, limits.title.counted, limits.title.most)


def title_of(share: Share) -> str:
    """The title of the version that a share carries."""
    version = share.version or share.kit.version
    return version.title if version else share.kit.title


def values_of(share: Share) -> dict[str, str]:
    """What stands in the places of a text, but for the days: the KOC's own name and city, the product with its price, the
    link."""
    product = share.kit.product
    cut = partial(beginning, counted="characters")
    values = {NAME: cut(share.koc.name, most=MOST_LETTERS[NAME]), LINK: url_of(share)}
    city = next((str(share.koc.answers[key]) for key in CITY_ANSWERS if share.koc.answers.get(key)), "")
    if city:
        values[CITY] = cut(city, most=MOST_LETTERS[CITY])
    if product is not None:
        with override(share.kit.language):
            price = shown(product.price_minor, share.brand.currency)
        values |= {PRODUCT: cut(product.name, most=MOST_LETTERS[PRODUCT]), PRICE: price}
    return values


def _days_of(share: Share) -> dict[str, str]:
    """How long the KOC had used the product when they shared it: what a share says stays so. Nothing, and the text says
    its other words, for who had not."""
    since = used_since(koc=share.koc_id, product=share.kit.product_id)
    days = days_used(since, share.shared_at, zone=share.brand.timezone)
    return {} if days is None else {DAYS: str(days)}


def wecom_attachments(shared: SharedTexts, *, at: datetime) -> dict[str, Any]:
    """A post as WeCom takes it (`add_msg_template`, `add_moment_task`): the text, and pictures of one kind, 9 at most."""
    pictures = [
        {"msgtype": "image", "image": {"pic_url": address_of(media, at=at)}}
        for media in shared.pictures[:MOST_WECOM_ATTACHMENTS]
    ]
    return {"text": {"content": shared.post.text}, "attachments": pictures}


def share_page(share: Share, *, at: datetime) -> dict[str, Any]:
    """What the page of a share shows: who recommends what, in the texts of its channel, with the mark of advertising."""
    shared, values, product = shared_texts(share), values_of(share), share.kit.product
    author, avatar = share.kit.author, avatar_of(share.koc_id)
    texts = [text.text for text in shared.texts]
    return {
        "title": shared.post.title or title_of(share),
        "summary": beginning(" ".join(" ".join(texts).split()), "characters", MOST_SUMMARY),
        "url": url_of(share),
        "brand": share.brand.name,
        "name": values[NAME],
        "initial": beginning(values[NAME], "characters", 1),
        "avatar": address_of(avatar, at=at, width=THUMBNAIL) if avatar else "",
        "author": beginning(author.called, "characters", MOST_LETTERS[NAME]) if author else "",
        "texts": texts,
        "images": [
            {
                "url": address_of(media, at=at, width=1080),
                "width": media.width,
                "height": media.height,
                "alt": media.alt,
            }
            for media in shared.pictures
        ],
        "picture": f"{url_of(share)}/poster.jpg",
        "disclosure": DISCLOSURE,
        "product": product.name if product else "",
        "price": shown(product.price_minor, share.brand.currency) if product else "",
    }
