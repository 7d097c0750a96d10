"""Templates that are equal give equal posters."""

from content.posters.domain.colours import BrandColours
from content.posters.domain.layouts import Design
from content.posters.domain.posters import Picture, PosterTemplate, PosterText, Sharer


def template(key: str, version: str = "1") -> PosterTemplate:
    text = PosterText(brand="Lumi", product="Oil", headline="Three weeks")
    picture = Picture(key=key, read=lambda: b"")
    return PosterTemplate(Design.BOLD, text, BrandColours.parse("#2f6b4f"), picture, version)


def test_a_template_is_known_by_its_picture_s_key_and_its_version() -> None:
    assert template("a") == template("a")
    assert hash(template("a")) == hash(template("a"))
    assert len({template("a"), template("b"), template("a", version="2")}) == 3


def test_a_sharer_needs_no_portrait_and_a_text_no_price() -> None:
    assert Sharer("小鹿", "https://go.lumi.cn/s/k3m9Qx2").avatar is None
    assert template("a").text.price == ""
    assert template("a").text.language == "zh-hans"
