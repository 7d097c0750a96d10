"""No character is drawn that the shipped fonts have not."""

import unicodedata
from functools import cache
from itertools import chain, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from content.posters.domain.layouts import Face
from content.posters.rendering.faces import (
    BOLD,
    CHAINS,
    EMOJI,
    FOLDER,
    RARE,
    SERIF,
    covered,
    draw_line,
    drawn_text,
    hanging,
    has_glyph,
    measured,
    overhang,
    runs,
)

NAMES = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=[]),
        st.characters(min_codepoint=0x20, max_codepoint=0x2FF),
        st.characters(min_codepoint=0x3000, max_codepoint=0x9FFF),
        st.sampled_from("👨\u200d👩\u200d👧🏽🇨🇳❤\ufe0f1\u20e3\u3164ﷺสวัสดีमदनम한글"),
    ),
    max_size=120,
)


codes = cache(covered)


def encoded(encoding: str) -> str:
    pairs = (bytes(pair) for pair in product(range(0xB0, 0xF8), range(0xA1, 0xFF)))
    return "".join(pair.decode(encoding, errors="ignore") for pair in pairs)


@pytest.mark.parametrize("face", Face)
@pytest.mark.parametrize(
    "text",
    [
        "㛃䶮喆堃昇邨镕赟彧祎璟珺",  # rare characters of names
        "龘𠮷㐂𠳐䲜鿍",  # rarer ones, the last of Unicode 10
        "臺灣憂鬱",
        encoded("gb2312"),
        "¥€£$￥1,299.00％—…·「」『』《》“”",
        "ÀéîõüßÆøčŁžđğıřÇ Ελληνικά Кириллица Nguyễn Thị Ánh",
        "ひらがなカタカナ々ー",
        "김민준",
        "🌸❤😀🐱👑✨⭐",
    ],
)
def test_what_is_drawn(face: Face, text: str) -> None:
    assert drawn_text(text[:300]) == text[:300]
    for font, run in runs(face, text):
        assert {ord(character) for character in run} <= codes(font), (font, run)


def test_every_han_of_noto_sans_cjk_sc_s_first_plane_is_drawn() -> None:
    """All 20,992 of the block of Unicode 10, and all 6,582 of extension A."""
    missing = [code for code in chain(range(0x4E00, 0x9FEB), range(0x3400, 0x4DB6)) if not has_glyph(chr(code))]
    assert missing == []


def test_what_needs_more_than_the_simple_layout_is_in_no_font() -> None:
    """Letters that join, run to the left or carry marks would be drawn wrongly, so that they are left out."""
    everything = frozenset().union(*(codes(font) for font in CHAINS[Face.BOLD]), codes(SERIF))
    drawn = [code for code in everything if drawn_text(chr(code))]
    assert [code for code in drawn if unicodedata.bidirectional(chr(code)) in ("R", "AL", "AN")] == []
    assert [code for code in drawn if 0x0900 <= code <= 0x0FFF or 0x1780 <= code <= 0x18AF] == []
    assert len(drawn) > 46_000


def test_a_name_that_cannot_be_drawn_is_left_out() -> None:
    assert drawn_text("ئۇيغۇر ไทย हिन्दी 🇨🇳 \u3164") == ""


@given(NAMES, st.sampled_from(Face))
def test_no_name_draws_a_missing_glyph(name: str, face: Face) -> None:
    for font, run in runs(face, drawn_text(name)):
        assert {ord(character) for character in run} <= codes(font)


@given(NAMES.map(drawn_text).filter(bool), st.sampled_from(Face), st.sampled_from([18, 26, 34, 52, 96]))
def test_the_width_that_is_measured_holds_what_is_drawn(text: str, face: Face, size: int) -> None:
    text = text[:24]
    canvas = Image.new("L", (size * 80, size * 3))
    start = size * 2 + overhang(face, text, size) - hanging(face, text, size)
    draw_line(canvas, (start, size * 2), text, face=face, size=size, ink=(255,))
    left, _, right, _ = canvas.getbbox() or (size * 2, 0, 0, 0)
    assert size * 2 <= left
    assert right <= size * 2 + measured(face, text, size)


@pytest.mark.parametrize("face", Face)
def test_a_line_that_opens_with_a_bracket_begins_where_the_others_do(face: Face) -> None:
    for opening in "“「（《":
        canvas = Image.new("L", (400, 200))
        draw_line(canvas, (100 - hanging(face, opening, 64), 100), opening, face=face, size=64, ink=(255,))
        assert 100 <= (canvas.getbbox() or (0,))[0] <= 106
    assert hanging(face, "轻", 64) == 0


def test_a_line_is_drawn_from_its_start_with_every_font() -> None:
    text = "小𠮷한🌸é"
    canvas = Image.new("L", (600, 160))
    draw_line(canvas, (20, 110), text, face=Face.BOLD, size=80, ink=(255,))
    seen = canvas.getbbox()
    assert seen
    assert seen[0] >= 20
    assert seen[2] <= 20 + measured(Face.BOLD, text, 80)
    assert {font for font, _ in runs(Face.BOLD, text)} >= {BOLD, RARE, EMOJI}


def test_the_fonts_carry_their_licence_and_stay_small() -> None:
    assert "SIL Open Font License, Version 1.1" in (FOLDER / "OFL.txt").read_text()
    sizes = {font.name: font.stat().st_size for font in FOLDER.glob("*.[ot]tf")}
    assert set(sizes) == {BOLD.name, SERIF.name, RARE.name, EMOJI.name}
    assert max(sizes.values()) < 6_000_000
    assert sum(sizes.values()) < 12_000_000
