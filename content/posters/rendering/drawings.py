"""The way in which posters are drawn, as one short text: another one when code, fonts, libraries or Grove's own words on
them are."""

from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from PIL import features

import content.posters
import foundation.texts.amounts
from content.kits.domain.texts import DISCLOSURE
from content.posters.rendering.faces import FOLDER, OF_FIGURES
from content.posters.rendering.words import words_in
from foundation.money import units

LIBRARIES = ("pillow", "segno", "budoux", "fonttools")
CODE = Path(content.posters.__file__).parent
BESIDE = (foundation.texts.amounts.__file__, units.__file__)
"""Prices are written by it."""


@cache
def drawing_in(language: str) -> str:
    """How posters in a language are drawn by this process."""
    return " ".join([_software(), DISCLOSURE, *words_in(language)])


@lru_cache(maxsize=1)
def _software() -> str:
    """Of the code and the fonts, which take 30 ms to read, once a process."""
    digest = blake2b(digest_size=16)
    files = [
        *(CODE / "domain").glob("*.py"),
        *(CODE / "rendering").glob("*.py"),
        *FOLDER.iterdir(),
        *OF_FIGURES.iterdir(),
    ]
    for file in [*sorted(files), *map(Path, BESIDE)]:
        digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f" {library} {version(library)}".encode())
    for library in ("freetype2", "libjpeg_turbo"):
        digest.update(f" {library} {features.version(library)}".encode())
    return digest.hexdigest()
