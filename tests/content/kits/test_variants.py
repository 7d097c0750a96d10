"""Alternatives of a text: staff write them, see what they taught, and keep the best."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.domain.refusals import KitUnfit
from content.kits.domain.texts import Text
from content.kits.models import Kit, KitVersion, Section, VariantResult
from content.kits.selectors.variants import learned_of
from content.kits.selectors.versions import objections_to
from content.kits.services.variants import CountedVariant, keep_results
from content.kits.services.versions import clone_kit, draft_of, publish_texts, submit_version, texts_of
from tests.support.admin_pages import page
from tests.support.clients import me
from tests.support.factories import NOW, make_kit, make_staff

pytestmark = pytest.mark.django_db
TEXTS = [Text("usage", "any", "皮肤不干了", "A"), Text("usage", "any", "早上上妆服帖", "B")]


@pytest.fixture
def kit(brand: Brand) -> Kit:
    return make_kit(brand, texts=TEXTS)


def version_of(kit: Kit) -> KitVersion:
    assert kit.version is not None
    return kit.version


def learned(kit: Kit, *counted: tuple[str, int, int], channel: str = "moments") -> None:
    version = version_of(kit).pk
    keep_results(results=[CountedVariant(version, channel, "usage:any", *one) for one in counted], at=NOW)


def offered(kit: Kit, channels: list[str], *texts: Text) -> KitVersion:
    draft = draft_of(kit=kit, by=None, at=NOW)
    draft.sections.all().delete()
    for text in texts:
        Section.objects.create(version=draft, **text._asdict())
    KitVersion.objects.filter(pk=draft.pk).update(channels=channels)
    draft.refresh_from_db()
    return draft


def test_copies_carry_the_variants_and_their_days(brand: Brand, kit: Kit) -> None:
    draft = draft_of(kit=kit, by=None, at=NOW)
    assert texts_of(draft) == TEXTS
    KitVersion.objects.filter(pk=draft.pk).update(reward_days=14)
    cloned = clone_kit(kit=kit, key="again", by=make_staff(brand), at=NOW).versions.get()
    assert (texts_of(cloned), cloned.reward_days) == (TEXTS, 14)


def test_a_file_publishes_variants_and_one_more_name_is_another_version(kit: Kit) -> None:
    assert not publish_texts(kit=kit, texts=TEXTS, at=NOW)
    assert publish_texts(kit=kit, texts=[TEXTS[0], TEXTS[1]._replace(variant="C")], at=NOW)
    assert version_of(kit).number == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (TEXTS[:1], "any: variant A is alone: write another, or take its name away"),
        ([*TEXTS, Text("usage", "any", "又")], "any: a text without a variant stands beside variants A, B: all have one, or none"),
        ([TEXTS[0], Text("usage", "any", "长" * 1_000, "B")], "Xiaohongshu, text: 1072 characters are too long: at most 1000"),
        ([TEXTS[0], Text("usage", "any", "{nam}", "B")], "“{nam}”: unknown placeholder {nam}"),
    ],
)  # fmt: skip
def test_every_alternative_must_be_fit_to_publish(kit: Kit, texts: list[Text], said: str) -> None:
    with pytest.raises(KitUnfit) as refused:
        submit_version(version=offered(kit, ["xiaohongshu"], *texts), at=NOW)
    assert [message[: len(said)] for message in refused.value.messages()] == [said]


def test_the_review_reads_every_alternative(kit: Kit) -> None:
    draft = offered(kit, ["moments"], TEXTS[0], Text("usage", "any", "全网最好", "B"))
    assert [objection.text for objection in objections_to(draft)] == ["全网最好"]


def test_the_database_keeps_one_text_a_name(kit: Kit) -> None:
    draft = offered(kit, ["moments"], *TEXTS)
    twice = Section(version=draft, kind="usage", channel="any", text="x", variant="A")
    with pytest.raises(ValidationError, match="has this variant already"):
        twice.full_clean()
    with pytest.raises(IntegrityError, match="section_variant_once"), transaction.atomic():
        twice.save()
    with pytest.raises(ValidationError, match="Letters and digits"):
        Section(version=draft, kind="value", channel="any", text="x", variant="A:1").full_clean()
    for _ in range(2):
        Section.objects.create(version=draft, kind="value", channel="any", text="x")


def test_there_are_no_more_rewards_than_trials(kit: Kit) -> None:
    with pytest.raises(IntegrityError, match="rewards_are_trials"), transaction.atomic():
        learned(kit, ("A", 1, 2))


def test_a_koc_reads_every_alternative_of_a_kit(koc: Koc, kit: Kit) -> None:
    shown = me(koc).read(f"kits/{kit.public_id}").json()["sections"]
    assert shown == [
        {"kind": "usage", "channel": "any", "text": "皮肤不干了", "variant": "A"},
        {"kind": "usage", "channel": "any", "text": "早上上妆服帖", "variant": "B"},
    ]


def test_what_was_learned_is_by_channel_and_knows_variants_that_nobody_drew_yet(kit: Kit) -> None:
    learned(kit, ("A", 1_000, 20), ("B", 1_000, 80))
    learned(kit, ("B", 5, 1), channel="douyin")
    found = {(one.channel, one.section): (one.winner, [(o.variant, o.trials) for o in one.odds]) for one in learned_of(version_of(kit))}  # fmt: skip
    assert found == {
        ("douyin", "usage:any"): (None, [("A", 0), ("B", 5)]),
        ("moments", "usage:any"): ("B", [("A", 1_000), ("B", 1_000)]),
    }


def shown_to_staff(client: Client, kit: Kit, language: str = "en") -> str:
    client.force_login(make_staff(kit.brand))
    answer = client.get(page(KitVersion, kit.version), headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_see_the_odds_as_a_picture_and_in_numbers(client: Client, kit: Kit) -> None:
    assert "<svg" not in shown_to_staff(client, kit).partition("What the variants taught")[2]
    learned(kit, ("A", 1_000, 20), ("B", 1_000, 80))
    shown = shown_to_staff(client, kit).partition("What the variants taught")[2]
    picture = shown[shown.index('<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox') : shown.index("</svg>")]
    assert 'role="img" aria-label="How often each variant sells' in picture
    assert "currentColor" in picture, "letters are of the page's colour, light and dark"
    assert "#15803d" in picture, "the winner is green"
    for said in ("Moments · usage experience", "2.0% (1.3%", "8.0% (6.5%", "100.0%", "2%", "98%", "keep B alone in the next version"):  # fmt: skip
        assert said in shown


def test_no_winner_is_said_as_such(client: Client, kit: Kit) -> None:
    learned(kit, ("A", 199, 1), ("B", 1_000, 80))
    shown = shown_to_staff(client, kit)
    assert "No winner is proposed yet." in shown
    assert "each variant had 200 visits" in shown
    assert "keep B alone" not in shown


def test_a_page_of_many_channels_asks_as_often_as_one_of_one(
    client: Client, kit: Kit, django_assert_max_num_queries: Any
) -> None:
    learned(kit, ("A", 10, 1), ("B", 10, 2))
    shown_to_staff(client, kit)
    for channel in ("douyin", "weibo", "xiaohongshu"):
        learned(kit, ("A", 10, 1), ("B", 10, 2), channel=channel)
    version = KitVersion.objects.get(pk=version_of(kit).pk)
    with django_assert_max_num_queries(3):
        assert len(learned_of(version)) == 4


def test_a_text_s_variant_is_written_in_the_admin_and_a_draft_shows_the_first(client: Client, kit: Kit) -> None:
    draft = offered(kit, ["moments"], *TEXTS)
    client.force_login(make_staff(kit.brand))
    shown = client.get(page(KitVersion, draft)).content.decode()
    assert 'name="sections-0-variant" value="A"' in shown
    card = shown.partition('<div id="posts">')[2].partition("</div>")[0]
    assert "皮肤不干了" in card
    assert "早上上妆服帖" not in card
    rows = list(draft.sections.all())
    forms: dict[str, Any] = {f"{name}-{kind}_FORMS": 0 for name in ("headings", "pictures") for kind in ("TOTAL", "INITIAL")}  # fmt: skip
    forms |= {"sections-TOTAL_FORMS": 2, "sections-INITIAL_FORMS": 2}
    for place, row in enumerate(rows):
        fields = {"id": row.pk, "version": draft.pk, "kind": "usage", "channel": "any", "text": row.text, "position": 0, "variant": "AC"[place]}  # fmt: skip
        forms |= {f"sections-{place}-{name}": value for name, value in fields.items()}
    said = {"title": "28 天", "usage_rights": "", "checklist": "", "channels": ["moments"], "reward_days": "10"}
    assert client.post(page(KitVersion, draft), said | forms).status_code == 302
    draft.refresh_from_db()
    assert ([row.variant for row in draft.sections.all()], draft.reward_days) == (["A", "C"], 10)
    same = client.post(page(KitVersion, draft), said | forms | {"sections-1-variant": "A"})
    assert same.status_code == 200
    assert "has this variant already" in same.content.decode()
    client.post(page(KitVersion, draft), said | forms | {"sections-0-variant": "C", "sections-1-variant": "A"})
    assert [row.variant for row in draft.sections.order_by("pk")] == ["C", "A"], "they changed names"
    client.post(page(KitVersion, draft), said | forms | {"reward_days": ""})
    draft.refresh_from_db()
    assert draft.reward_days == 10, "nothing said: as it was"


def test_results_name_themselves(kit: Kit) -> None:
    learned(kit, ("A", 1, 0))
    assert str(VariantResult.objects.get()) == "usage:any · Moments · A"
    assert str(version_of(kit).sections.first()) == "usage experience · any · A"
