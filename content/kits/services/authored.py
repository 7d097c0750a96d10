"""Kits of KOCs: content of their own, which the brand reviewed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from accounts.people.models import Koc, User
from content.kits.domain.texts import Text
from content.kits.models import Justification, Kit, KitVersion, Section
from content.kits.services.versions import add_pictures, draft_of, publish_version, submit_version
from content.media.models import Media
from content.products.models import Product
from foundation.postgres.transactions import in_transaction


class Justified(NamedTuple):
    """A piece that stays for a reason, and who said so."""

    category: str
    found: str
    why: str
    by: User
    at: datetime


@in_transaction
def publish_kit_of_koc(
    *,
    author: Koc,
    key: str,
    title: str,
    product: Product | None,
    language: str,
    text: Text,
    pictures: Sequence[Media],
    channels: Sequence[str],
    justified: Sequence[Justified],
    by: User | None,
    at: datetime,
) -> Kit:
    """A new kit that names its author, published for some channels; by the rules of every kit. Its first version is
    written by the author: where the brand wants two people, they do not publish it themselves. Raises KitUnfit with
    everything that keeps it from being published, SamePerson; then there is no kit."""
    kit = Kit.objects.create(
        brand=author.brand, key=key, title=title, product=product, author=author, language=language, created_at=at
    )
    draft = draft_of(kit=kit, by=author.user, at=at)
    KitVersion.objects.filter(pk=draft.pk).update(channels=list(channels))
    draft.refresh_from_db()
    Section.objects.create(version=draft, kind=text.kind, channel=text.channel, text=text.text)
    add_pictures(version=draft, pictures=pictures)
    Justification.objects.bulk_create(
        [
            Justification(
                version=draft, category=piece.category, found=piece.found, why=piece.why, by=piece.by, at=piece.at
            )
            for piece in justified
        ]
    )
    submit_version(version=draft, at=at)
    publish_version(version=draft, by=by, at=at)
    kit.refresh_from_db()
    return kit
