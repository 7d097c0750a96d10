"""A decoder reads the code of every poster: whole, at a third of its size, and after JPEG of quality 60."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from content.posters.domain.layouts import LAYOUTS, Design
from content.posters.domain.posters import Sharer
from content.posters.domain.refusals import LinkDoesNotFitQr
from content.posters.rendering.posters import poster_jpeg
from content.posters.rendering.qr_codes import LONGEST_AT_M, LONGEST_LINK, qr_picture
from tests.content.posters.examples import LINK, example, picture_of


def as_long_as(length: int) -> str:
    """A link in which no part repeats another."""
    text = "https://shop.qinglan.cn/s/" + "".join(f"{number * 7919 % 46_656:x}Q" for number in range(length))
    return text[:length]


LINKS = [
    "https://a.cn/s/1",
    LINK,
    "https://shop.qinglan-natural.com.cn/s/k3m9Qx2?c=moments",
    "https://a.cn/s/山茶花",
    as_long_as(106),
    as_long_as(LONGEST_AT_M),
    as_long_as(LONGEST_AT_M + 1),
    as_long_as(LONGEST_LINK),
]


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def again(picture: Image.Image, quality: int) -> Image.Image:
    """The picture as an app sends it on."""
    sent = BytesIO()
    picture.save(sent, format="JPEG", quality=quality)
    return Image.open(sent)


@pytest.mark.parametrize("link", LINKS, ids=len)
@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("photographed", [True, False])
def test_the_code_is_read(design: Design, link: str, photographed: bool) -> None:
    template = example(design, picture=picture_of((900, 900)) if photographed else None)
    whole = Image.open(BytesIO(poster_jpeg(template, Sharer("小鹿", link))))
    third = whole.resize((360, 480), Image.Resampling.LANCZOS)
    seen = {
        "whole": read(whole),
        "quality 60": read(again(whole, 60)),
        "a third": read(third),
        "a third, less sharp": read(whole.resize((360, 480), Image.Resampling.BILINEAR)),
        "a third, quality 60": read(again(third, 60)),
    }
    assert seen == {way: [link] for way in seen}


def test_the_code_has_its_quiet_zone_and_fills_its_place() -> None:
    side = LAYOUTS[Design.BOLD].qr.width
    code = qr_picture(LINK, side)
    assert code.size == (side, side)
    left, top, right, bottom = code.point(lambda part: 255 - part).getbbox() or (0, 0, 0, 0)
    square = side / (29 + 8)  # 31 bytes: version 3, 29 squares a side
    for margin in (left, top, side - right, side - bottom):
        assert margin == pytest.approx(4 * square, abs=1)


@pytest.mark.parametrize("link", ["", as_long_as(LONGEST_LINK + 1), "https://a.cn/" + "茶" * 80])
def test_a_link_that_no_phone_could_read_is_refused(link: str) -> None:
    with pytest.raises(LinkDoesNotFitQr, match="1 to 230 bytes") as refused:
        poster_jpeg(example(), Sharer("小鹿", link))
    assert refused.value.place == "link"


def test_a_longer_link_would_not_be_read_from_a_small_poster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is not too careful: at twice the length a decoder sees nothing."""
    monkeypatch.setattr("content.posters.rendering.qr_codes.LONGEST_LINK", 1000)
    link = as_long_as(2 * LONGEST_LINK)
    whole = Image.open(BytesIO(poster_jpeg(example(), Sharer("小鹿", link))))
    assert read(whole) == [link]
    assert read(whole.resize((360, 480), Image.Resampling.LANCZOS)) == []
