"""The file of a poster has another name when anything that it shows is another."""

from typing import Any

import pytest

from content.posters.domain.posters import KitFacts, PictureFacts, PosterFacts, StyleFacts

STYLE = StyleFacts("bold", "#112233", "#445566", "")
KIT = KitFacts("Lumi", "lumi", "CNY", "zh-hans", "我的 28 天", "Serum", "S1", 19_900, STYLE, PictureFacts(7, "aa"))
POSTER = PosterFacts(KIT, "小林", "https://host/s/k3m9Qx2")
KIT_TEXTS: list[dict[str, Any]] = [
    {field: "x"} for field in ("brand", "slug", "currency", "language", "title", "product", "sku")
]
OTHERS: list[dict[str, Any]] = [
    {"name": "小森"},
    {"link": "https://host/s/k3m9Qx3"},
    *({"kit": KIT._replace(**text)} for text in KIT_TEXTS),
    {"kit": KIT._replace(price_minor=19_901)},
    {"kit": KIT._replace(product=None)},
    {"kit": KIT._replace(style=STYLE._replace(headline="x"))},
    {"kit": KIT._replace(picture=PictureFacts(7, "ab"))},
    {"kit": KIT._replace(picture=None)},
]


def test_equal_posters_have_one_name_and_another_drawing_has_another() -> None:
    assert POSTER.key("1") == POSTER._replace(name="小林").key("1")
    assert POSTER.key("1") != POSTER.key("2")


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_is_another_gives_another_name(other: dict[str, Any]) -> None:
    assert POSTER._replace(**other).key("1") != POSTER.key("1")
