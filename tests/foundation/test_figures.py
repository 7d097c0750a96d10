"""A picture is the same on every machine: its font is shipped, and no other is asked."""

import os
import subprocess
import sys
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from matplotlib.font_manager import findfont

from foundation.pictures.figures import FONTS, INK, inline_svg, legible, titled_figure
from tests.support.paths import ROOT

ALL = list(product(range(0xA1, 0xFF), range(0x40, 0xFF)))
DRAW = """
import sys, warnings
from io import BytesIO
warnings.simplefilter("error")
from foundation.pictures.figures import titled_figure
figure = titled_figure("青岚 · 龘𠳐 Größe € −5 🌱", width=6, height=2)
axes = figure.subplots()
axes.set_ylabel("金额")
axes.set_yscale("log")
axes.plot([1, 1e5])
for kind in ("png", "svg"):
    drawn = BytesIO()
    figure.savefig(drawn, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    sys.stdout.buffer.write(drawn.getvalue())
"""


def drawn(home: Path, **environment: str) -> bytes:
    """What a new process draws that has its own home, and so its own font cache. A missing glyph is an error there."""
    home.mkdir()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "MPLCONFIGDIR": str(home),
        "SOURCE_DATE_EPOCH": "0",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    run = subprocess.run([sys.executable, "-c", DRAW], cwd=ROOT, env=env, capture_output=True, check=True)
    assert b"findfont" not in run.stderr  # no font was looked for in vain
    return run.stdout


def test_a_machine_without_fonts_draws_the_same_picture(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # A test cannot take a machine's fonts away, so matplotlib is told that it found none but those in its own package.
    (hidden / "sitecustomize.py").write_text(
        "import matplotlib.font_manager as fonts\nfonts.fontManager.ttflist[:] = [font for font in fonts.fontManager.ttflist if 'mpl-data' in font.fname]\n"
    )
    here, there = drawn(tmp_path / "a"), drawn(tmp_path / "b", PATH="/nowhere", PYTHONPATH=f"{hidden}:{ROOT}")
    assert here == there
    assert here.startswith(b"\x89PNG")
    assert b"<text" not in here  # an SVG holds outlines: whoever looks at it needs no font


GB_2312 = "".join(bytes(pair).decode("gb2312", "ignore") for pair in ALL if pair[1] > 0xA0)
BIG_5 = "".join(bytes(pair).decode("big5", "ignore") for pair in ALL)
ABSENT = dict.fromkeys(map(ord, "≒∼‾\x7f"))  # Noto has none of these
ONLY_IN_THE_STANDARD = "㑇㑊㕮㘎㙍㙘㙦㛃𠙶𠳐𡎚𡐓𣗋𣲗𣲘𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡"
OTHERS = "ÀÖßñŒœŠžŸ Ελληνικά Русский ¥€£₩₫ − × → ① ㎡ （，。「」） ½ … “” ạ ễ"


@pytest.mark.parametrize(
    "text",
    [GB_2312, BIG_5.translate(ABSENT), ONLY_IN_THE_STANDARD, OTHERS],
    ids=["GB 2312", "Big5", "通用规范汉字表", "others"],
)
def test_the_shipped_font_draws_what_people_write(text: str) -> None:
    assert len(text) > 30
    assert legible(text) == text


def test_the_font_is_the_shipped_one() -> None:
    for family, file in FONTS.items():
        assert Path(findfont(family, fallback_to_default=False)) == file
        assert "SIL OPEN FONT LICENSE Version 1.1" in (file.parent / "OFL.txt").read_text()


def test_what_cannot_be_drawn_is_shown_as_a_box_and_what_cannot_be_seen_is_left_out() -> None:
    assert legible("甜橙🍊 👩\u200d👧 a\u202eb\nc") == "甜橙□ □□ ab\nc"


def test_a_dollar_in_a_name_begins_no_formula() -> None:
    titled_figure(r"$\nonsense{$ 满 $100", width=4, height=2).savefig(BytesIO(), format="png")


def test_a_picture_within_a_page_has_its_ground_and_its_colour_of_text() -> None:
    pictures = [
        inline_svg(titled_figure("青岚", width=6, height=2), told=told) for told in ('reach & "depth"', "another")
    ]
    assert pictures[0].startswith("<svg ")
    assert 'viewBox="0 0 432 144" role="img" aria-label="reach &amp; &quot;depth&quot;"' in pictures[0]
    assert "currentColor" in pictures[0]
    assert [
        word for word in (INK, "<style", "<metadata", "<!--", 'id="figure_1"', "white") if word in pictures[0]
    ] == []
