"""A poster shows what it should, within its places, and the same one every time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from content.posters.domain.colours import WHITE, BrandColours
from content.posters.domain.layouts import LAYOUTS, PAGE, Box, Design, Slot
from content.posters.domain.posters import Picture, PosterTemplate, Sharer
from content.posters.domain.refusals import EmptyPosterText, UnreadablePicture
from content.posters.rendering.faces import drawn_text, measured
from content.posters.rendering.jpegs import jpeg_of
from content.posters.rendering.kept import LastUsed
from content.posters.rendering.posters import GROUNDS_KEPT, canvas_of, drawn_texts, poster, poster_jpeg, texts_cut
from content.posters.rendering.slots import draw_in, fitted_in, lines_in
from tests.content.posters.examples import LINK, NAMES, TEXT, example, picture_of
from tests.content.posters.test_fonts import NAMES as ANY_NAME
from tests.support.paths import ROOT


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    GROUNDS_KEPT.clear()


def outside(slot: Slot, text: str, language: str = "zh-hans") -> Box | None:
    """The ink of a text, if a part of it lies outside of its box."""
    lines = lines_in(slot, fitted := fitted_in(slot, text, language))
    assert len(lines) <= max(attempt.lines for attempt in slot.attempts)
    canvas = Image.new("RGB", (PAGE.width, PAGE.height))
    draw_in(canvas, slot, text, language=language, ink=WHITE)
    ink = canvas.getbbox()
    assert all(measured(slot.face, line.text, fitted.size) <= slot.box.width for line in lines)
    return None if ink is None or slot.box.holds(Box(*ink)) else Box(*ink)


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_in_its_box(design: Design, name: str) -> None:
    assert outside(LAYOUTS[design].name, drawn_text(name) or "A customer") is None


@given(ANY_NAME.map(drawn_text).filter(bool), st.sampled_from(Design))
def test_any_name_stays_in_its_box(name: str, design: Design) -> None:
    assert outside(LAYOUTS[design].name, name) is None


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize(
    "text",
    [
        "字",
        "Ấg",
        "字" * 300,
        "W" * 300,
        "¥1,234,567.00",
        "“轻盈”咖啡壶（含滤纸、磨豆器），" * 5,
        "a very long text, " * 9,
    ],
)
def test_any_text_of_a_brand_stays_in_its_box(design: Design, text: str) -> None:
    for place, slot in LAYOUTS[design].texts.items():
        if place not in ("disclosure", "recommends", "hint"):
            assert outside(slot, drawn_text(text)) is None, place


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_words_of_grove_fit_whole(design: Design, language: str) -> None:
    template = example(design, text=replace(TEXT, language=language))
    for place in ("disclosure", "recommends", "hint"):
        slot, said = LAYOUTS[design].texts[place], drawn_texts(template)[place]
        assert outside(slot, said) is None
        assert not fitted_in(slot, said, language).cut


def ink_at(template: PosterTemplate, box: Box) -> int:
    """How many colours are seen in a part of the canvas."""
    return len(set(canvas_of(template).crop(box).convert("L").tobytes()))


@pytest.mark.parametrize("picture", [None, (900, 900)])
@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_mark_of_advertising_is_always_there(
    design: Design, language: str, picture: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = example(design, text=replace(TEXT, language=language), picture=picture and picture_of(picture))
    assert drawn_texts(template)["disclosure"] == "广告"
    marked = canvas_of(template)
    monkeypatch.setattr("content.posters.rendering.posters.DISCLOSURE", "")
    difference = ImageChops.difference(marked, canvas_of(template)).convert("L").getbbox()
    box = LAYOUTS[design].texts["disclosure"].box
    assert difference  # without the mark the poster is another one, there and nowhere else
    assert box.holds(Box(*difference))
    assert difference[3] - difference[1] >= 20  # as high as 7 pixels at a third of the size


@pytest.mark.parametrize("design", Design)
def test_a_poster_is_a_jpeg_of_1080_by_1440(design: Design) -> None:
    content = poster_jpeg(example(design, picture=picture_of((800, 600))), Sharer("小鹿", LINK))
    with Image.open(BytesIO(content)) as drawn:
        drawn.load()
        assert (drawn.format, drawn.mode, drawn.size) == ("JPEG", "RGB", (1080, 1440))
        assert not drawn.getexif()
    assert len(content) < 400_000


DRAW = """
import sys, django; django.setup()
from content.posters.domain.posters import Sharer
from content.posters.rendering.posters import poster_jpeg
from tests.content.posters.examples import LINK, example, picture_of
sys.stdout.buffer.write(poster_jpeg(example(picture=picture_of((800, 600))), Sharer("小鹿🌸𠮷", LINK, picture_of((90, 90)))))
"""


ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "GROVE_ENV_FILE": "no",
    "DATABASE_URL": "postgresql://none/none",
    "PYTHONHASHSEED": "7",
}


def test_another_process_draws_the_same_bytes() -> None:
    template, sharer = example(picture=picture_of((800, 600))), Sharer("小鹿🌸𠮷", LINK, picture_of((90, 90)))
    cold, warm = poster_jpeg(template, sharer), poster_jpeg(template, sharer)
    run = subprocess.run([sys.executable, "-c", DRAW], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)
    assert cold == warm == run.stdout


@pytest.mark.parametrize("design", Design)
def test_only_name_portrait_and_code_differ_between_two_kocs(design: Design) -> None:
    template, layout = example(design), LAYOUTS[design]
    one, other = (
        poster(template, Sharer("小鹿", LINK)),
        poster(template, Sharer("Alexandria", LINK + "x", picture_of((90, 90)))),
    )
    difference = ImageChops.difference(one, other)
    for box in (layout.name.box, layout.avatar, layout.qr):
        assert difference.crop(box).getbbox()
        difference.paste((0, 0, 0), box)
    assert difference.getbbox() is None


def test_a_name_of_which_nothing_can_be_drawn_is_a_customer() -> None:
    template = example(text=replace(TEXT, language="en"))
    assert poster_jpeg(template, Sharer("ئۇيغۇر", LINK)) == poster_jpeg(template, Sharer("A customer", LINK))


def test_a_portrait_is_drawn_in_the_circle_alone() -> None:
    template, box = example(), LAYOUTS[Design.EDITORIAL].avatar
    with_portrait = poster(template, Sharer("小鹿", LINK, picture_of((300, 200))))
    corner = Box(box.left, box.top, box.left + 12, box.top + 12)
    assert with_portrait.crop(corner).tobytes() == canvas_of(template).crop(corner).tobytes()


def test_a_picture_is_read_once_for_all_kocs_of_a_template() -> None:
    read = []

    def reading() -> bytes:
        read.append(1)
        return picture_of((800, 800))

    for name in NAMES:
        poster_jpeg(example(picture=Picture("media/1", reading)), Sharer(name, LINK))
    assert len(read) == 1
    poster_jpeg(example(picture=Picture("media/2", reading)), Sharer("小鹿", LINK))
    poster_jpeg(example(picture=Picture("media/1", reading), version="2"), Sharer("小鹿", LINK))
    assert len(read) == 3


def test_so_many_grounds_are_kept_and_no_more() -> None:
    for version in range(GROUNDS_KEPT.most + 5):
        poster_jpeg(example(version=str(version)), Sharer("小鹿", LINK))
    assert len(GROUNDS_KEPT) == GROUNDS_KEPT.most <= 24  # 1.3 MB each


def test_the_value_that_was_used_last_is_kept_longest() -> None:
    made: list[str] = []

    def making(key: str) -> str:
        made.append(key)
        return key.upper()

    kept = LastUsed[str](most=2)
    assert [kept.value_of(key, partial(making, key)) for key in "abacab"] == list("ABACAB")
    assert made == ["a", "b", "c", "b"]


def test_no_koc_is_seen_on_the_poster_of_the_next() -> None:
    template = example()
    before = poster_jpeg(template, Sharer("小鹿", LINK))
    poster_jpeg(template, Sharer("A longer name than before", LINK + "2", picture_of((90, 90))))
    assert poster_jpeg(template, Sharer("小鹿", LINK)) == before


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_two_parts_is_the_one_that_the_whole_poster_is_encoded_to(design: Design, name: str) -> None:
    template, sharer = example(design, picture=picture_of((800, 600))), Sharer(name, LINK, picture_of((90, 90)))
    assert poster_jpeg(template, sharer) == jpeg_of(poster(template, sharer))


@pytest.mark.parametrize("place", ["brand", "product", "headline"])
@pytest.mark.parametrize("said", ["", "  ", "\u3164", "ไทย"])
def test_a_poster_without_brand_product_or_headline_is_refused(place: str, said: str) -> None:
    with pytest.raises(EmptyPosterText) as refused:
        example(text=replace(TEXT, **{place: said}))
    assert refused.value.place == place


@pytest.mark.parametrize("design", Design)
def test_a_poster_without_a_price_has_no_empty_sticker(design: Design) -> None:
    without = canvas_of(example(design, text=replace(TEXT, price="")))
    box = LAYOUTS[design].texts["price"].box
    assert without.crop(box).tobytes() != canvas_of(example(design)).crop(box).tobytes()
    sticker = (0xE0, 0xA4, 0x58)
    assert sticker not in [colour for _, colour in without.crop(box).getcolors(100_000) or []]


def test_staff_are_told_which_texts_are_too_long() -> None:
    assert texts_cut(example()) == []
    assert texts_cut(example(text=replace(TEXT, headline="好" * 200, product="用" * 150))) == ["product", "headline"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (1200, 900)])
def test_every_kind_of_picture_is_drawn(kind: str, mode: str, size: tuple[int, int]) -> None:
    if (kind == "JPEG" and mode in ("RGBA", "P")) or (kind != "JPEG" and mode == "CMYK"):
        mode = "L"  # which the format has
    content = picture_of(size, kind, mode)
    assert poster(example(picture=content), Sharer("小鹿", LINK, content)).mode == "RGB"


def test_a_picture_with_holes_shows_the_brand_s_colour_and_not_black() -> None:
    drawn = BytesIO()
    Image.new("RGBA", (800, 800), (0, 0, 0, 0)).save(drawn, format="PNG")
    canvas = canvas_of(example(picture=drawn.getvalue()))
    assert canvas.getpixel((600, 400)) == (230, 237, 234)  # of #2f6b4f 12 %, the rest white


def test_a_picture_of_a_phone_that_lay_on_its_side_stands_upright() -> None:
    lying = Image.new("RGB", (800, 400), "red")
    lying.paste("blue", (0, 0, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    drawn = BytesIO()
    lying.save(drawn, format="JPEG", exif=exif)
    canvas = canvas_of(example(picture=drawn.getvalue()))
    assert canvas.getpixel((500, 100)) == pytest.approx((0, 0, 255), abs=4)
    assert canvas.getpixel((500, 700)) == pytest.approx((255, 0, 0), abs=4)


WHOLE = picture_of((300, 300))
BROKEN = {
    "nothing": b"",
    "text": b"hello",
    "half": WHOLE[: len(WHOLE) // 2],
    "gif": picture_of((9, 9), "GIF"),
    "head": b"\xff\xd8\xff\xe0" * 9,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_picture_that_cannot_be_read_is_refused_by_its_place(content: bytes) -> None:
    with pytest.raises(UnreadablePicture) as refused:
        poster(example(picture=content), Sharer("小鹿", LINK))
    assert refused.value.place == "picture"
    with pytest.raises(UnreadablePicture) as refused:
        poster(example(), Sharer("小鹿", LINK, content))
    assert refused.value.place == "avatar"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    drawn = BytesIO()
    Image.new("1", (10_000, 5_001)).save(drawn, format="PNG")
    with pytest.raises(UnreadablePicture, match="50 megapixels"):
        poster(example(picture=drawn.getvalue()), Sharer("小鹿", LINK))


@given(st.binary(max_size=2000))
def test_no_bytes_break_a_poster_otherwise(content: bytes) -> None:
    spoilt = WHOLE[: len(content)] + content + WHOLE[2 * len(content) :]
    for given_bytes in (content, spoilt):
        with suppress(UnreadablePicture):
            assert poster(example(), Sharer("小鹿", LINK, given_bytes)).size == (1080, 1440)


@pytest.mark.parametrize("main", ["#000000", "#ffffff", "#777777", "#f5c518", "#ff0000"])
@pytest.mark.parametrize("design", Design)
def test_every_colour_of_a_brand_makes_a_poster_on_which_the_price_is_seen(design: Design, main: str) -> None:
    box = LAYOUTS[design].texts["price"].box
    assert ink_at(example(design, colours=BrandColours.parse(main)), box) > 20


def test_threads_draw_the_same_posters_as_one() -> None:
    sharers = [Sharer(name, f"{LINK}{number}") for number, name in enumerate(NAMES)]
    alone = [poster_jpeg(example(), sharer) for sharer in sharers]
    GROUNDS_KEPT.clear()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda sharer: poster_jpeg(example(), sharer), sharers)) == alone


DRAW_MANY = """
import django; django.setup()
import psutil
from content.posters.domain.layouts import Design
from content.posters.domain.posters import Sharer
from content.posters.rendering.posters import poster_jpeg
from tests.content.posters.examples import LINK, NAMES, example, picture_of
taken, picture = [], picture_of((900, 900))
for version in range(90):
    for design in Design:
        poster_jpeg(example(design, picture=picture, version=str(version)), Sharer(NAMES[version % len(NAMES)] + "𠮷🌸", LINK))
    taken.append(psutil.Process().memory_info().rss)
print((max(taken[60:]) - max(taken[:30])) // 1_000_000)
"""


@pytest.mark.heavy
def test_a_process_that_draws_many_templates_grows_no_more() -> None:
    run = subprocess.run([sys.executable, "-c", DRAW_MANY], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)
    assert int(run.stdout) < 25  # MB; 180 more templates would take 230, if all were kept
