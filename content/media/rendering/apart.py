"""HEIC is opened in a process of its own: its decoder ends the process on some files that were made to, and a web server
must not end with it. The process knows no secrets, and may take neither more memory nor more time than a picture needs."""

import subprocess
import sys
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import IO

from content.media.domain.limits import WIDTHS
from content.media.domain.refusals import PictureBroken, TooManyPixels
from foundation.texts.messages import Message

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-s", "-m", "content.media.rendering.heic"]
SECONDS = 60
TOO_MANY = 3
"""What the process answers when the picture has more pixels than its file said."""


def drawn_apart(file: IO[bytes]) -> dict[int | None, IO[bytes]]:
    """The files of a HEIC: itself under None, its thumbnails by their width; of a burst those of the first picture.

    Raises PictureBroken when the process fails, for whatever reason; TooManyPixels."""
    with TemporaryDirectory() as folder:
        given = Path(folder) / "given"
        with given.open("wb") as copy:
            file.seek(0)
            copyfileobj(file, copy)
        try:
            run = subprocess.run(  # noqa: S603  our own program, and the name of a file of ours
                [*PROGRAM, folder],
                check=False,
                cwd=ROOT,
                env={"MALLOC_ARENA_MAX": "1"},
                capture_output=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise PictureBroken(Message("This picture takes too long to open.")) from None
        if run.returncode == TOO_MANY:
            raise TooManyPixels(Message("The picture has too many pixels."))
        if run.returncode != 0:
            raise OSError(f"the decoder ended with {run.returncode}")
        # An open file stays when its name goes
        return {
            width: path.open("rb") for width in (None, *WIDTHS) if (path := Path(folder) / f"made-{width}").exists()
        }
