"""One tap: a KOC shares a kit."""

import secrets
import string
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import ChannelNotOffered, KitEnded
from content.kits.models import Kit
from content.kits.selectors.variants import drawn_for
from content.products.rendering import not_used_yet
from content.products.selectors import used_since
from foundation.ids.codes import find_by_code
from foundation.postgres.transactions import in_transaction
from referrals.shares.domain.refusals import NotUsedYet, UnknownVia
from referrals.shares.models import Share
from referrals.tree.domain.refusals import KocNotActive

LETTERS = string.digits + string.ascii_letters
CODE_LENGTH = 7  # 3.5 × 10^12 codes
DRAWS = 5
INSERT = """
INSERT INTO referrals_share (
    brand_id, koc_id, kit_id, version_id, channel, drawn, parent_id, root_id, depth, code, key, shared_at, tapped_on
) VALUES (
    %(brand_id)s, %(koc_id)s, %(kit_id)s, %(version_id)s, %(channel)s, %(drawn)s, %(parent_id)s, %(root_id)s, %(depth)s, %(code)s, %(key)s,
    %(shared_at)s, %(tapped_on)s
) ON CONFLICT DO NOTHING RETURNING id"""


class SharingResult(NamedTuple):
    """`fresh` is false when the tap was made before, today."""

    share: Share
    fresh: bool


@in_transaction
def share_kit(*, koc: Koc, kit: Kit, channel: str, via: str, at: datetime) -> SharingResult:
    """Make a KOC's share of a kit on a channel. The same (koc, kit, channel, via) on the same day of the brand's zone
    is the same share.

    A unique key ensures this, not this function: of two taps at once the second inserts nothing and returns the first one's
    share. `via` is the code of the share through which the KOC came, which becomes the parent. Of texts that have
    variants the share draws one, and keeps it. Where a kit asks for use, who has not used its product makes no new
    share. Raises KocNotActive, KitEnded, ChannelNotOffered, UnknownVia, NotUsedYet."""
    _refuse_what_is_not_offered(koc, kit, channel, at)
    parent = _parent(koc.brand, via)
    today = at.astimezone(ZoneInfo(koc.brand.timezone)).date()
    if _is_unused(koc, kit):
        earlier = _share_of_today(koc, kit, channel, parent, today)
        if earlier is None:
            raise NotUsedYet(not_used_yet(kit.product.name if kit.product else ""))
        return SharingResult(earlier, fresh=False)
    for _draw in range(DRAWS):
        share = _insert(koc, kit, channel, parent, today, at)
        if share is not None:
            return SharingResult(share, fresh=True)
        earlier = _share_of_today(koc, kit, channel, parent, today)
        if earlier is not None:
            return SharingResult(earlier, fresh=False)
    raise RuntimeError("no free share code after five draws")


def _refuse_what_is_not_offered(koc: Koc, kit: Kit, channel: str, at: datetime) -> None:
    if koc.status != Koc.Status.ACTIVE:
        raise KocNotActive(_("Your membership is not active."))
    if kit.status != Kit.Status.PUBLISHED or (kit.ends_at is not None and kit.ends_at <= at):
        raise KitEnded(_("This kit has ended."))
    if kit.version is not None and kit.version.channels is not None and channel not in kit.version.channels:
        raise ChannelNotOffered(_("This kit is not offered on this channel."))


def _is_unused(koc: Koc, kit: Kit) -> bool:
    """Whether a kit is for users of its product alone, and the KOC is none. What they made before stays theirs."""
    return kit.needs_use and kit.product_id is not None and used_since(koc=koc.pk, product=kit.product_id) is None


def _parent(brand: Brand, via: str) -> Share | None:
    if not via:
        return None
    parent = find_by_code(Share.objects.filter(brand=brand), "code", via)
    if parent is None:
        raise UnknownVia(_("No share of this brand has this code."))
    return parent


def _share_of_today(koc: Koc, kit: Kit, channel: str, parent: Share | None, today: date) -> Share | None:
    share: Share | None = Share.objects.filter(
        koc=koc, kit=kit, channel=channel, parent=parent, tapped_on=today
    ).first()
    return _with_known(share, koc, kit) if share else None


def _with_known(share: Share, koc: Koc, kit: Kit) -> Share:
    """A share with the rows that are at hand already."""
    share.koc, share.kit, share.brand = koc, kit, koc.brand
    if share.version_id == kit.version_id:
        share.version = kit.version
    return share


def _insert(koc: Koc, kit: Kit, channel: str, parent: Share | None, today: date, at: datetime) -> Share | None:
    """The new share, or None when its code is taken or a simultaneous tap made it."""
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    drawn = drawn_for(kit.version, channel=channel, seed=f"{code}:{kit.version_id}")
    row: dict[str, Any] = {
        "brand_id": koc.brand_id,
        "koc_id": koc.pk,
        "kit_id": kit.pk,
        "version_id": kit.version_id,
        "channel": channel,
        "drawn": drawn,
        "parent_id": parent and parent.pk,
        "root_id": parent and (parent.root_id or parent.pk),
        "depth": parent.depth + 1 if parent else 0,
        "code": code,
        "key": None,
        # the clock of another machine may be ahead; no child is earlier than its parent
        "shared_at": max(at, parent.shared_at) if parent else at,
        "tapped_on": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row | {"drawn": None if drawn is None else Jsonb(drawn)})
        made = cursor.fetchone()
    if made is None:
        return None
    names = [field.attname for field in Share._meta.concrete_fields]
    share: Share = Share.from_db(connection.alias, names, [(row | {"id": made[0]})[name] for name in names])
    return _with_known(share, koc, kit)
