"""Make the fonts of the back office: Unfold's own, cut to what its pages show, so that a page opens fast. They stand in
config/static under the names that Unfold asks for, and so are served in the place of its own.

`python -m config.pages.fonts`, after an upgrade of Unfold or with a new icon; the same Unfold gives the same bytes.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import unfold
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
UNFOLD = Path(unfold.__file__).parent
THEIRS, OURS = UNFOLD / "static/unfold/fonts", ROOT / "config/static/unfold/fonts"
ICONS = "material-symbols/Material-Symbols-Outlined.woff2"
TEXT = [f"inter/Inter-{weight}.woff2" for weight in ("Regular", "Medium", "SemiBold", "Bold")]
LETTERS = [  # first and last code point; Chinese is drawn with the fonts of the reader's machine
    (0x0020, 0x007E),
    (0x00A0, 0x017F),  # Latin with accents
    (0x2010, 0x2027),  # dashes, quotation marks, …
    (0x2030, 0x203A),
    (0x20A0, 0x20C0),  # currencies
    (0x2190, 0x2193),  # arrows
    (0x2212, 0x2212),  # minus
]
WORD = re.compile(r"""(?<=['">])\s*([a-z0-9_]+)\s*(?=['"<])""")  # an icon is a word in quotes or between two tags


def sources() -> Iterator[Path]:
    """The files that name icons: Unfold's, and our pages."""
    yield from (path for path in UNFOLD.rglob("*") if path.suffix in (".html", ".py", ".js", ".css"))
    yield from (path for path in ROOT.glob("*/**/*.html") if ".venv" not in path.parts)
    yield from chain(ROOT.glob("*/admin/*.py"), ROOT.glob("*/*/admin.py"), ROOT.glob("*/*/admin/*.py"))
    yield ROOT / "config/settings.py"


def names_of_icons(font: TTFont) -> dict[str, str]:
    """By the word that shows it, the glyph of each icon: the letters of the word are one ligature."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    return {
        letters[first] + "".join(letters[glyph] for glyph in ligature.Component): ligature.LigGlyph
        for lookup in font["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
        for first, ligatures in getattr(table, "ExtSubTable", table).ligatures.items()
        for ligature in ligatures
    }


def icons_used(known: set[str]) -> set[str]:
    """The icons that pages show, of those that are known; some words that are none of them are among them."""
    return known & {word for path in sources() for word in WORD.findall(path.read_text())}


def cut_icons() -> None:
    font = TTFont(THEIRS / ICONS, recalcTimestamp=False)
    glyphs = names_of_icons(font)
    used = icons_used(set(glyphs))
    subsetter = subset.Subsetter(_options(layout_features=["rlig"], layout_closure=False))
    subsetter.populate(text="".join(used), glyphs=[glyphs[word] for word in used])
    _cut(font, subsetter, ICONS)


def cut_text(name: str) -> None:
    subsetter = subset.Subsetter(_options(layout_features=["ccmp", "kern", "mark", "mkmk", "tnum"]))
    subsetter.populate(unicodes={code for first, last in LETTERS for code in range(first, last + 1)})
    _cut(TTFont(THEIRS / name, recalcTimestamp=False), subsetter, name)


def _options(**options: object) -> subset.Options:
    return subset.Options(hinting=False, name_IDs=["*"], notdef_outline=True, flavor="woff2", **options)


def _cut(font: TTFont, subsetter: subset.Subsetter, name: str) -> None:
    subsetter.subset(font)
    font.flavor = "woff2"
    (OURS / name).parent.mkdir(parents=True, exist_ok=True)
    font.save(OURS / name)
    shutil.copy(THEIRS / Path(name).parent / "LICENSE", OURS / Path(name).parent)
    sys.stdout.write(f"{name}: {(THEIRS / name).stat().st_size:,} → {(OURS / name).stat().st_size:,} bytes\n")


if __name__ == "__main__":
    cut_icons()
    for made in TEXT:
        cut_text(made)
