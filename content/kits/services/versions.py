"""The life of a kit's texts: written as a draft, reviewed, published once, retired by the next version."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.people.models import User
from content.kits.domain.refusals import KitUnfit, NothingToShare, NotOpen, SamePerson
from content.kits.domain.texts import Text
from content.kits.domain.variants import REWARD_DAYS
from content.kits.models import Heading, Justification, Kit, KitVersion, Section, VersionPicture
from content.kits.selectors.versions import faults_of, needs_second_person
from content.media.models import Media
from foundation.postgres.transactions import in_transaction

Status = KitVersion.Status


@in_transaction
def draft_of(*, kit: Kit, by: User | None, at: datetime) -> KitVersion:
    """The open version of a kit: the one that is being written, else a copy of the newest as a new draft. Of two at once
    the database keeps one."""
    Kit.objects.select_for_update(no_key=True).get(pk=kit.pk)
    newest = kit.versions.order_by("-number").first()
    if newest is not None and newest.status in KitVersion.OPEN:
        return newest
    draft = KitVersion.objects.create(
        kit=kit,
        number=newest.number + 1 if newest else 1,
        title=newest.title if newest else kit.title,
        channels=newest.channels if newest else None,
        usage_rights=newest.usage_rights if newest else "",
        checklist=newest.checklist if newest else [],
        reward_days=newest.reward_days if newest else REWARD_DAYS,
        written_by=by,
        written_at=at,
    )
    if newest is not None:
        copy_texts(newest, draft)
    return draft


def copy_texts(source: KitVersion, target: KitVersion) -> None:
    """Write the texts of one version into another, which is a draft."""
    Section.objects.bulk_create(
        [
            Section(
                version=target,
                kind=row.kind,
                channel=row.channel,
                text=row.text,
                variant=row.variant,
                position=row.position,
            )
            for row in source.sections.all()
        ]
    )
    Heading.objects.bulk_create(
        [Heading(version=target, channel=row.channel, title=row.title, tags=row.tags) for row in source.headings.all()]
    )
    VersionPicture.objects.bulk_create(
        [VersionPicture(version=target, media_id=row.media_id, position=row.position) for row in source.pictures.all()]
    )


@in_transaction
def add_pictures(*, version: KitVersion, pictures: Sequence[Media]) -> None:
    """Put pictures behind those that a draft has; one that it has stays where it is. Raises NotOpen."""
    locked = KitVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    if locked.status != Status.DRAFT:
        raise NotOpen(_("This version is not in that state any more."))
    last = version.pictures.aggregate(last=Max("position"))["last"]
    VersionPicture.objects.bulk_create(
        [
            VersionPicture(version=version, media=media, position=position)
            for position, media in enumerate(pictures, start=0 if last is None else last + 1)
        ],
        ignore_conflicts=True,
    )


@in_transaction
def submit_version(*, version: KitVersion, at: datetime) -> None:
    """Hand a draft over for review. Raises NotOpen when it is none, KitUnfit with everything that keeps it from being
    published."""
    _refuse_unfit(version)
    _move(version, Status.DRAFT, Status.IN_REVIEW, submitted_at=at, sent_back="")


@in_transaction
def send_back_version(*, version: KitVersion, reason: str) -> None:
    """Return a version under review to its author, with what is to be changed. Raises NotOpen, and NothingToShare
    without a reason."""
    if not reason.strip():
        raise NothingToShare(_("Say what is to be changed."))
    _move(version, Status.IN_REVIEW, Status.DRAFT, sent_back=reason.strip())


@in_transaction
def publish_version(*, version: KitVersion, by: User | None, at: datetime) -> None:
    """Publish a version that was reviewed: from now on it is what is shared, and the one before is retired; shares keep
    theirs.

    Where the brand wants two people, another one than the author publishes; `by` is nobody where the brand lets time
    publish. Raises NotOpen, SamePerson, KitUnfit."""
    if by is not None and version.written_by_id == by.pk and needs_second_person(version.kit.brand):
        raise SamePerson(_("Another person than its author publishes a kit."))
    _refuse_unfit(version)
    _publish(version, Status.IN_REVIEW, at, published_by=by)


@in_transaction
def justify(*, version: KitVersion, category: str, found: str, why: str, by: User, at: datetime) -> None:
    """Say why a piece stays although the review objects to it: then it keeps nobody from publishing. It is kept with the
    version, with who said so. Raises NotOpen for a version that was published, NothingToShare without words."""
    if not why.strip():
        raise NothingToShare(_("Say why it stays."))
    if version.status not in KitVersion.OPEN:
        raise NotOpen(_("This version is not in that state any more."))
    Justification.objects.update_or_create(
        version=version, category=category, found=found, defaults={"why": why.strip(), "by": by, "at": at}
    )


@in_transaction
def end_kit(*, kit: Kit) -> None:
    """Let a kit be shared no more; its links go on. Raises NotOpen when it is not published."""
    if Kit.objects.filter(pk=kit.pk, status=Kit.Status.PUBLISHED).update(status=Kit.Status.ENDED) != 1:
        raise NotOpen(_("This kit is not published."))


@in_transaction
def clone_kit(*, kit: Kit, key: str, by: User, at: datetime) -> Kit:
    """A new kit with the newest texts of another, as a draft."""
    newest = kit.versions.order_by("-number").first()
    cloned = Kit.objects.create(
        brand=kit.brand, key=key, title=kit.title, product=kit.product, audience_size=kit.audience_size,
        language=kit.language, needs_use=kit.needs_use, created_at=at,
    )  # fmt: skip
    cloned.tiers.set(kit.tiers.all())
    cloned.people.set(kit.people.all())
    draft = draft_of(kit=cloned, by=by, at=at)
    if newest is not None:
        KitVersion.objects.filter(pk=draft.pk).update(
            title=newest.title,
            channels=newest.channels,
            usage_rights=newest.usage_rights,
            checklist=newest.checklist,
            reward_days=newest.reward_days,
        )
        copy_texts(newest, draft)
    return cloned


@in_transaction
def publish_texts(*, kit: Kit, texts: Sequence[Text], at: datetime) -> bool:
    """Publish the texts that a file names, as the next version of a kit; False when these are published already. Who
    runs the file answers for them: nobody reviews, and an open draft becomes theirs."""
    if kit.version is not None and kit.version.title == kit.title and texts_of(kit.version) == list(texts):
        return False
    draft = draft_of(kit=kit, by=None, at=at)
    KitVersion.objects.filter(pk=draft.pk).update(status=Status.DRAFT, title=kit.title, channels=None)
    draft.sections.all().delete()
    draft.headings.all().delete()
    Section.objects.bulk_create(
        [
            Section(
                version=draft,
                kind=text.kind,
                channel=text.channel,
                text=text.text,
                variant=text.variant,
                position=position,
            )
            for position, text in enumerate(texts)
        ]
    )
    has_ended = kit.status == Kit.Status.ENDED
    _publish(draft, Status.DRAFT, at)
    if has_ended:  # a file says what a kit is, not that it goes on
        Kit.objects.filter(pk=kit.pk).update(status=Kit.Status.ENDED)
    kit.refresh_from_db()
    return True


def texts_of(version: KitVersion) -> list[Text]:
    return [Text(row.kind, row.channel, row.text, row.variant) for row in version.sections.all()]


def _publish(version: KitVersion, status: str, at: datetime, **fields: object) -> None:
    KitVersion.objects.filter(kit=version.kit_id, status=Status.PUBLISHED).update(status=Status.RETIRED)
    _move(version, status, Status.PUBLISHED, published_at=at, **fields)
    version.refresh_from_db()
    kit: Kit = version.kit
    kit.version, kit.title, kit.status = version, version.title, Kit.Status.PUBLISHED
    kit.save(update_fields=["version", "title", "status"])


def _move(version: KitVersion, before: str, after: str, **fields: object) -> None:
    """Compare-and-set: of two at once one moves it."""
    if KitVersion.objects.filter(pk=version.pk, status=before).update(status=after, **fields) != 1:
        raise NotOpen(_("This version is not in that state any more."))
    version.refresh_from_db()


def _refuse_unfit(version: KitVersion) -> None:
    if found := faults_of(version):
        raise KitUnfit(found)
