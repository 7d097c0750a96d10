"""A poster is drawn once, and never shown when anything on it is another."""

import io
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.brands.models import Brand
from accounts.people.models import Koc
from content.kits.models import Kit, VersionPicture
from content.kits.services.versions import add_pictures, draft_of, publish_version, submit_version
from content.media.services.pictures import store_picture
from content.posters.domain.posters import KitFacts, PosterFacts, StyleFacts
from content.posters.models import PosterStyle
from content.posters.rendering.kits import poster_of
from content.posters.rendering.posters import GROUNDS_KEPT
from content.posters.services.keeping import kept_poster, poster_key, sweep_posters
from content.products.models import Product
from content.tasks import sweep_pictures
from referrals.shares.models import Share
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share, make_staff
from tests.support.media.pictures import jpeg

STYLE = StyleFacts("bold", "#2f6b4f", "#e0a458", "")
FACTS = PosterFacts(
    KitFacts("青岚", "lumi", "CNY", "zh-hans", "28 天", "精华油", "S1", 9900, STYLE, None),
    "小美",
    "https://host/s/k3m9Qx2",
)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    GROUNDS_KEPT.clear()
    return tmp_path / "posters"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[PosterFacts]:
    """What was drawn, in turn."""
    drawn: list[PosterFacts] = []

    def noted(facts: PosterFacts) -> bytes:
        drawn.append(facts)
        return poster_of(facts)

    monkeypatch.setattr("content.posters.services.keeping.poster_of", noted)
    return drawn


@pytest.fixture
def share(db: None) -> Share:
    brand = make_brand(name="青岚")
    return make_share(make_koc(brand, name="小美"), make_kit(brand, product=make_product(brand, name="精华油")))


def opened(share: Share, **headers: str) -> Any:
    return Client().get(f"/s/{share.code}/poster.jpg", headers=headers)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_poster_is_drawn_once(share: Share, drawings: list[PosterFacts], folder: Path) -> None:
    first, again = opened(share), opened(share)
    assert len(drawings) == 1
    assert first.content == again.content == files(folder)[0].read_bytes()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert again.headers["Cache-Control"] == "public, max-age=3600"
    assert again.headers["Content-Type"] == "image/jpeg"


def test_who_has_it_gets_nothing_and_nothing_is_drawn(share: Share, drawings: list[PosterFacts], folder: Path) -> None:
    etag = opened(share).headers["ETag"]
    for file in files(folder):
        file.unlink()
    answer = opened(share, if_none_match=f'"other", {etag}')
    assert (answer.status_code, answer.content, len(drawings)) == (304, b"", 1)
    assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (etag, "public, max-age=3600")
    assert opened(share, if_none_match='"other"').status_code == 200


def renamed_brand(share: Share) -> None:
    Brand.objects.filter(pk=share.brand_id).update(name="青岚山")


def another_price(share: Share) -> None:
    Product.objects.update(price_minor=8800)


def renamed_product(share: Share) -> None:
    Product.objects.update(name="精华水")


def renamed_koc(share: Share) -> None:
    Koc.objects.filter(pk=share.koc_id).update(name="大壮")


def own_look(share: Share) -> None:
    PosterStyle.objects.create(brand=share.brand, kit=share.kit, design="night")


def a_colour_of_the_look(share: Share) -> None:
    PosterStyle.objects.create(brand=share.brand, colour="#b3261e")


def a_headline(share: Share) -> None:
    PosterStyle.objects.create(brand=share.brand, headline="夜里也好用")


def another_language(share: Share) -> None:
    Kit.objects.update(language="en")


def next_version(share: Share) -> None:
    draft = draft_of(kit=share.kit, by=None, at=NOW)
    draft.title, draft.channels = "换季也稳", ["moments"]
    draft.save()
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=make_staff(share.brand), at=NOW)


def a_picture(share: Share) -> None:
    draft = draft_of(kit=share.kit, by=None, at=NOW)
    draft.channels = ["moments"]
    draft.save()
    media = store_picture(brand=share.brand, file=jpeg((800, 600)), by=None, is_private=False, at=NOW)
    add_pictures(version=draft, pictures=[media])
    submit_version(version=draft, at=NOW)
    publish_version(version=draft, by=make_staff(share.brand), at=NOW)


@pytest.mark.parametrize(
    "change",
    [
        renamed_brand, another_price, renamed_product, renamed_koc, own_look, a_colour_of_the_look, a_headline, another_language, next_version,
        a_picture,
    ],
)  # fmt: skip
def test_whatever_it_shows_changes_it_is_drawn_anew(
    share: Share, drawings: list[PosterFacts], change: Callable[[Share], None]
) -> None:
    before = opened(share)
    change(share)
    after = opened(share, if_none_match=before.headers["ETag"])
    assert (after.status_code, len(drawings)) == (200, 2)
    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]


def test_another_address_of_the_site_and_other_software_are_other_posters(
    share: Share, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    etags = [opened(share).headers["ETag"]]
    settings.PUBLIC_URL = "https://elsewhere.example"
    etags.append(opened(share).headers["ETag"])
    monkeypatch.setattr("content.posters.services.keeping.drawing_in", lambda language: "another font")
    etags.append(opened(share).headers["ETag"])
    assert len(set(etags)) == 3


def test_a_name_that_was_erased_is_gone_at_once_and_from_the_disk_within_a_day(share: Share, folder: Path) -> None:
    before = opened(share)
    (old,) = files(folder)
    Koc.objects.filter(pk=share.koc_id).update(name="")
    after = opened(share, if_none_match=before.headers["ETag"])
    assert (after.status_code, after.content == before.content) == (200, False)
    assert sweep_posters(at=timezone.now() + timedelta(hours=22)) == 0
    os.utime(old, ((timezone.now() - timedelta(hours=23)).timestamp(),) * 2)
    assert sweep_posters(at=timezone.now()) == 1
    assert not old.exists()
    assert opened(share).content == after.content


def test_the_clock_removes_what_is_old(share: Share, folder: Path) -> None:
    opened(share)
    (old,) = files(folder)
    os.utime(old, (1, 1))
    sweep_pictures()
    assert files(folder) == []


def test_many_who_ask_for_a_new_poster_at_once_get_it_whole_and_it_is_drawn_once(
    drawings: list[PosterFacts],
) -> None:
    begin = threading.Barrier(6)

    def ask(_number: int) -> bytes:
        begin.wait()
        return kept_poster(FACTS, at=NOW).content

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(ask, range(6)))
    assert len(drawings) == 1
    (content,) = answers
    Image.open(io.BytesIO(content)).load()


def test_a_kit_is_told_from_another_by_each_of_its_facts() -> None:
    facts = [
        FACTS,
        FACTS._replace(name="小美 "),
        FACTS._replace(link="https://host/s/k3m9Qx3"),
        FACTS._replace(kit=FACTS.kit._replace(title="28 天 精华油", product="")),
        FACTS._replace(kit=FACTS.kit._replace(style=STYLE._replace(accent="#e0a459"))),
    ]
    assert len({poster_key(one) for one in facts}) == len(facts)


def test_a_picture_that_comes_back_is_shown(share: Share, settings: Any) -> None:
    a_picture(share)
    media = VersionPicture.objects.get().media
    (folder,) = {(settings.VAR_DIR / "media" / name).parent for name in media.names}
    folder.rename(folder.with_name("away"))
    without = opened(share)
    assert (without.status_code, "ETag" in without.headers) == (200, False)
    folder.with_name("away").rename(folder)
    assert opened(share).content != without.content
