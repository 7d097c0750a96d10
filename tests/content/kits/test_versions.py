"""The life of a kit's texts, from the draft to the share that carries them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import KitUnfit, NothingToShare, NotOpen, SamePerson
from content.kits.domain.texts import Text
from content.kits.models import Heading, Kit, KitVersion, Section
from content.kits.selectors.versions import objections_to
from content.kits.services.versions import (
    clone_kit,
    draft_of,
    end_kit,
    justify,
    publish_texts,
    publish_version,
    send_back_version,
    submit_version,
    texts_of,
)
from content.review.models import ReviewPolicy
from referrals.shares.models import Share
from tests.support.admin_pages import page
from tests.support.clients import Person, errors, results
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return Kit.objects.create(
        brand=brand, key="serum", title="28 天", product=make_product(brand, name="Serum"), created_at=NOW
    )


def written(kit: Kit, *texts: Text, channels: list[str], by: Any = None) -> KitVersion:
    draft = draft_of(kit=kit, by=by, at=NOW)
    KitVersion.objects.filter(pk=draft.pk).update(channels=channels)
    draft.sections.all().delete()
    for position, text in enumerate(texts):
        Section.objects.create(version=draft, kind=text.kind, channel=text.channel, text=text.text, position=position)
    draft.refresh_from_db()
    return draft


USAGE = Text("usage", "any", "我是{name}，在{city|这边}用了{product}，{price}")


def test_a_draft_is_reviewed_published_and_retired_by_the_next_version(brand: Brand, kit: Kit) -> None:
    staff = make_staff(brand)
    first = written(kit, USAGE, channels=["moments"])
    submit_version(version=first, at=NOW)
    send_back_version(version=first, reason=" 更口语 ")
    assert (first.status, first.sent_back) == ("draft", "更口语")
    submit_version(version=first, at=NOW)
    publish_version(version=first, by=staff, at=NOW)
    kit.refresh_from_db()
    assert (kit.status, kit.version, first.published_by, first.sent_back) == ("published", first, staff, "")
    second = draft_of(kit=kit, by=staff, at=NOW)
    assert (second.number, texts_of(second), second.channels) == (2, [USAGE], ["moments"])
    assert draft_of(kit=kit, by=staff, at=NOW) == second
    submit_version(version=second, at=NOW)
    publish_version(version=second, by=staff, at=NOW)
    first.refresh_from_db()
    kit.refresh_from_db()
    assert (first.status, kit.version) == ("retired", second)


def test_every_step_begins_from_its_own_state(brand: Brand, kit: Kit) -> None:
    staff, draft = make_staff(brand), written(kit, USAGE, channels=["moments"])
    for step in (
        lambda: publish_version(version=draft, by=staff, at=NOW),
        lambda: send_back_version(version=draft, reason="x"),
        lambda: end_kit(kit=kit),
    ):
        with pytest.raises(NotOpen):
            step()
    submit_version(version=draft, at=NOW)
    with pytest.raises(NotOpen):
        submit_version(version=draft, at=NOW)
    with pytest.raises(NothingToShare):
        send_back_version(version=draft, reason=" ")


def test_where_the_brand_wants_two_people_another_than_the_author_publishes(brand: Brand, kit: Kit) -> None:
    author, other = make_staff(brand), make_staff(brand)
    ReviewPolicy.objects.create(brand=brand, needs_second_person=True)
    draft = written(kit, USAGE, channels=["moments"], by=author)
    submit_version(version=draft, at=NOW)
    with pytest.raises(SamePerson):
        publish_version(version=draft, by=author, at=NOW)
    publish_version(version=draft, by=other, at=NOW)


@pytest.mark.parametrize(
    ("texts", "channels", "said"),
    [
        ([USAGE], [], ["no channel is chosen: say where this is shared"]),
        ([], ["moments"], ["Moments: there is no text for it"]),
        ([Text("usage", "douyin", "看视频")], ["moments", "douyin"], ["Moments: there is no text for it"]),
        ([Text("usage", "any", "{nam}")], ["moments"], ["“{nam}”: unknown placeholder {nam}"]),
        ([Text("usage", "any", "字" * 990)], ["xiaohongshu"], ["Xiaohongshu, text: 1062 characters are too long: at most 1000"]),
    ],
)  # fmt: skip
def test_what_is_empty_wrong_or_too_long_for_a_channel_cannot_be_published_for_it(
    kit: Kit, texts: list[Text], channels: list[str], said: list[str]
) -> None:
    draft = written(kit, *texts, channels=channels)
    with pytest.raises(KitUnfit) as refused:
        submit_version(version=draft, at=NOW)
    assert [found[: len(told)] for found, told in zip(refused.value.messages(), said, strict=True)] == said
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE content_section SET text = 'other'",
        "DELETE FROM content_section",
        "INSERT INTO content_section (version_id, kind, channel, text, position) SELECT id, 'value', 'any', 'x', 9 FROM content_kitversion",
        "UPDATE content_kitversion SET title = 'other'",
        "UPDATE content_kitversion SET channels = '{moments}'",
        "DELETE FROM content_kitversion",
    ],
)
def test_a_published_version_never_changes(brand: Brand, change: str) -> None:
    make_kit(brand)
    with (
        pytest.raises(IntegrityError, match=r"left its draft|published is kept"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_a_share_keeps_its_version_and_has_the_koc_s_own_values(brand: Brand, koc: Koc, kit: Kit) -> None:
    Koc.objects.filter(pk=koc.pk).update(name="小美{link}", answers={"city": "杭州"})
    publish_texts(kit=kit, texts=[USAGE], at=NOW)
    person = Person(koc.user)
    tapped = person.send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "xiaohongshu"}).json()
    assert tapped["texts"] == [{"kind": "usage", "text": "我是小美{link}，在杭州用了Serum，¥99.00"}]
    assert (tapped["title"], tapped["tags"]) == ("28 天", [])
    publish_texts(kit=kit, texts=[Text("usage", "any", "新的")], at=NOW)
    again = person.read(f"shares/{tapped['id']}").json()
    assert again["post_text"] == tapped["post_text"]
    assert Share.objects.values_list("version__number", flat=True).get() == 1


def test_titles_and_tags_are_those_of_the_channel_and_as_long_as_it_takes(brand: Brand, koc: Koc, kit: Kit) -> None:
    draft = written(kit, USAGE, channels=["xiaohongshu", "weibo", "moments"])
    Heading.objects.create(version=draft, channel="xiaohongshu", title="{name}的 28 天实测" + "很长" * 9, tags=["护肤"])
    with pytest.raises(KitUnfit, match="Xiaohongshu, title"):
        submit_version(version=draft, at=NOW)
    draft.headings.update(title="28 天实测")
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=make_staff(brand), at=NOW)
    heads = []
    for channel in ("xiaohongshu", "weibo", "moments"):
        told = Person(koc.user).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": channel}).json()
        heads.append((told["title"], told["tags"]))
    assert heads == [("28 天实测", ["护肤"]), ("28 天", []), (None, [])]


def test_a_kit_is_shared_where_it_is_offered_when_it_is_and_by_whom_it_is_for(brand: Brand, koc: Koc, kit: Kit) -> None:
    draft = written(kit, USAGE, channels=["moments"])
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=make_staff(brand), at=NOW)

    def tried(channel: str = "moments") -> tuple[int, list[tuple[str, str | None]]]:
        told = Person(koc.user).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": channel})
        return told.status_code, errors(told) if told.status_code >= 400 else []

    def listed() -> int:
        return len(results(Person(koc.user).read("kits", koc=koc.public_id)))

    assert tried("weibo") == (409, [("channel_not_offered", "channel")])
    assert (tried()[0], listed()) == (201, 1)
    other = (
        make_koc(brand).tier
        if koc.tier_id != make_koc(brand).tier_id
        else brand.tiers.create(key="gold", name="Gold", rank=9)
    )
    kit.tiers.set([other])
    assert (tried()[0], listed(), Person(koc.user).read(f"kits/{kit.public_id}").status_code) == (404, 0, 404)
    kit.tiers.set([other, koc.tier])
    assert (tried()[0], listed(), Person(koc.user).read(f"kits/{kit.public_id}").status_code) == (200, 1, 200)
    Kit.objects.filter(pk=kit.pk).update(starts_at=NOW + timedelta(days=4000), ends_at=None)
    assert (tried()[0], listed()) == (404, 0)
    Kit.objects.filter(pk=kit.pk).update(starts_at=None, ends_at=NOW - timedelta(days=4000))
    assert (tried(), listed()) == ((409, [("kit_ended", None)]), 0)


def test_a_clone_has_the_newest_texts_as_a_draft(brand: Brand, kit: Kit) -> None:
    publish_texts(kit=kit, texts=[USAGE], at=NOW)
    cloned = clone_kit(kit=kit, key="copy", by=make_staff(brand), at=NOW)
    [draft] = cloned.versions.all()
    assert (cloned.status, draft.status, texts_of(draft)) == ("draft", "draft", [USAGE])


def test_a_file_that_says_the_same_publishes_nothing_new_and_lets_what_has_ended_stay_so(kit: Kit) -> None:
    assert publish_texts(kit=kit, texts=[USAGE], at=NOW)
    assert not publish_texts(kit=kit, texts=[USAGE], at=NOW)
    end_kit(kit=kit)
    kit.refresh_from_db()
    assert publish_texts(kit=kit, texts=[], at=NOW)
    assert (kit.status, kit.version.number if kit.version else 0) == ("ended", 2)


def test_staff_write_review_and_publish_in_the_admin(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    never = {f"{moment}_at_{part}": "" for moment in ("starts", "ends") for part in "01"}
    said = {"brand": brand.pk, "key": "k", "title": "28 天", "language": "zh-hans"} | never
    made = client.post(page(Kit, action="add"), said, follow=True)
    draft = KitVersion.objects.get()
    assert made.redirect_chain[-1][0] == page(KitVersion, draft)
    forms = {
        "headings-TOTAL_FORMS": 0,
        "headings-INITIAL_FORMS": 0,
        "pictures-TOTAL_FORMS": 0,
        "pictures-INITIAL_FORMS": 0,
        "sections-TOTAL_FORMS": 1,
        "sections-INITIAL_FORMS": 0,
    }
    empty = {"title": "28 天", "usage_rights": "", "checklist": " 开头写明\n\n带图 "} | forms
    text = {
        "sections-0-kind": "usage",
        "sections-0-channel": "any",
        "sections-0-text": "{nam}",
        "sections-0-position": "0",
    }
    client.post(page(KitVersion, draft), empty | text | {"channels": ["moments"]})
    draft.refresh_from_db()
    assert (draft.checklist, draft.channels) == (["开头写明", "带图"], ["moments"])
    shown = client.get(page(KitVersion, draft)).content.decode()
    assert "unknown placeholder {nam}" in shown
    refused = client.post(page(KitVersion, draft, "submit"))
    assert "unknown placeholder {nam}" in refused.content.decode()
    section = draft.sections.get()
    fixed = text | {
        "sections-INITIAL_FORMS": 1,
        "sections-0-id": section.pk,
        "sections-0-version": draft.pk,
        "sections-0-text": "好用",
    }
    client.post(page(KitVersion, draft), empty | fixed | {"channels": ["moments"]})
    for step in ("submit", "publish"):
        client.post(page(KitVersion, draft, step))
    draft.refresh_from_db()
    assert (draft.status, Kit.objects.get().status) == ("published", "published")
    assert client.post(page(KitVersion, draft), empty).status_code == 403
    other = make_kit(make_brand())
    assert client.get(page(KitVersion, other.version), follow=True).redirect_chain[-1][0] == "/admin/"


ABSOLUTE_TEXT = Text("usage", "any", "全网最好的精华，只要 ¥88，{name}推荐")


def test_what_the_law_objects_to_is_changed_or_justified_in_writing(brand: Brand, kit: Kit) -> None:
    staff, draft = make_staff(brand), written(kit, ABSOLUTE_TEXT, channels=["moments", "xiaohongshu"])
    with pytest.raises(KitUnfit) as refused:
        submit_version(version=draft, at=NOW)
    [absolute, price] = refused.value.messages()
    assert "最好" in absolute
    assert "absolute term" in absolute
    assert "¥88" in price
    assert "another price" in price
    for objection in objections_to(draft):
        with pytest.raises(NothingToShare):
            justify(
                version=draft, category=objection.hit.category, found=objection.hit.found, why=" ", by=staff, at=NOW
            )
        justify(
            version=draft,
            category=objection.hit.category,
            found=objection.hit.found,
            why="引用检测报告",
            by=staff,
            at=NOW,
        )
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=staff, at=NOW)
    assert {row.why for row in draft.justifications.all()} == {"引用检测报告"}
    with pytest.raises(NotOpen):
        justify(version=draft, category="price", found="¥88", why="x", by=staff, at=NOW)


def test_a_platform_objects_to_what_it_forbids_and_no_other(kit: Kit) -> None:
    text = Text("usage", "any", "好用，加微信 abc123 领小样")
    assert [o.hit.category for o in objections_to(written(kit, text, channels=["xiaohongshu"]))] == ["diversion"]
    assert objections_to(written(kit, text, channels=["moments"])) == []
    assert (
        objections_to(written(kit, Text("usage", "moments", "好用，加微信"), channels=["xiaohongshu", "moments"])) == []
    )


def test_titles_and_tags_are_reviewed_as_texts_are(kit: Kit) -> None:
    draft = written(kit, USAGE, channels=["moments", "xiaohongshu"])
    assert objections_to(draft) == []
    KitVersion.objects.filter(pk=draft.pk).update(title="全网最好的精华")
    Heading.objects.create(version=draft, channel="xiaohongshu", title="国家级配方", tags=["好用", "世界第一"])
    draft.refresh_from_db()
    found = {objection.text for objection in objections_to(draft)}
    assert found == {"全网最好的精华", "国家级配方", "世界第一"}


def test_the_title_of_a_kit_is_changed_by_a_reviewed_version_alone(
    brand: Brand, koc: Koc, kit: Kit, client: Client
) -> None:
    publish_texts(kit=kit, texts=[USAGE], at=NOW)
    client.force_login(make_staff(brand))
    never = {f"{moment}_at_{part}": "" for moment in ("starts", "ends") for part in "01"}
    said = {"title": "全网第一", "language": "zh-hans", "product": kit.product_id, "audience_size": "7"} | never
    assert client.post(page(Kit, kit), said).status_code == 302
    kit.refresh_from_db()
    assert (kit.title, kit.audience_size) == ("28 天", 7)
    tapped = Person(koc.user).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "weibo"}).json()
    Kit.objects.filter(pk=kit.pk).update(title="新的标题")
    publish_texts(kit=Kit.objects.get(), texts=[USAGE], at=NOW)
    assert Person(koc.user).read(f"shares/{tapped['id']}").json()["title"] == "28 天"


def test_staff_justify_in_the_admin(brand: Brand, kit: Kit, client: Client) -> None:
    client.force_login(make_staff(brand))
    draft = written(kit, ABSOLUTE_TEXT, channels=["moments"])
    form = client.get(page(KitVersion, draft, "justify"))
    [piece, *_more] = [value for value, _label in form.context["form"].fields["piece"].choices]
    assert "最好" in form.content.decode()
    client.post(page(KitVersion, draft, "justify"), {"piece": piece, "why": "检测报告 2026-03"})
    assert "检测报告 2026-03" in client.get(page(KitVersion, draft)).content.decode()
    assert len(objections_to(draft)) == 1
    bad = client.post(page(KitVersion, draft, "justify"), {"piece": "absolute|别的", "why": "x"})
    assert bad.context["form"].errors["piece"]
