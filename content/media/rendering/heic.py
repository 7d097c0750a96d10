"""The process that opens a HEIC: `python -m content.media.rendering.heic FOLDER` reads FOLDER/given and writes
FOLDER/made-None and the thumbnails beside it. It imports no Django and reads no settings."""

import resource
import sys
from pathlib import Path
from shutil import copyfileobj
from typing import Any

MEMORY = 1_000_000_000  # of addresses, most of which are never used; what is used is counted before
SECONDS = 50
LARGEST_FILE = 100_000_000


class Decoded:
    """The first picture of a HEIC as `drawing` asks for it. Its pixels stay where the decoder put them: Pillow's own
    copy of 24 million would be 98 MB more."""

    def __init__(self, picture: Any) -> None:
        self.pixels = memoryview(picture.data)
        self.width, self.height = picture.size
        self.mode: str = picture.mode
        self.stride: int = picture.stride
        self.info: dict[str, Any] = picture.info
        self.has_transparency_data = self.mode in {"RGBA", "LA"}

    def crop(self, box: tuple[int, int, int, int]) -> Any:
        """Whole rows of it."""
        from PIL import Image  # noqa: PLC0415

        _left, upper, _right, lower = box
        rows: Any = self.pixels[upper * self.stride : lower * self.stride]
        return Image.frombuffer(self.mode, (self.width, lower - upper), rows, "raw", self.mode, self.stride, 1)


def main(folder: str) -> int:
    """Returns 3 for a picture of more pixels than its file said; any other fault ends the process."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    import pi_heif  # noqa: PLC0415  under the limits

    from content.media.domain.headers import Header, scale_of  # noqa: PLC0415
    from content.media.domain.refusals import PictureRefused  # noqa: PLC0415
    from content.media.rendering.apart import TOO_MANY  # noqa: PLC0415
    from content.media.rendering.drawing import drawn, written  # noqa: PLC0415

    options = pi_heif.options
    options.DEPTH_IMAGES = options.THUMBNAILS = options.AUX_IMAGES = False
    options.DECODE_THREADS = 1
    with (Path(folder) / "given").open("rb") as given:
        opened = pi_heif.HeifFile(given, convert_hdr_to_8bit=True, hdr_to_16bit=True, remove_stride=False)
    first = opened[opened.primary_index]
    try:
        scale_of(Header("HEIC", *first.size))
    except PictureRefused:
        return TOO_MANY
    for width, file in written(drawn(Decoded(first))).items():
        with file, (Path(folder) / f"made-{width}").open("wb") as made:
            copyfileobj(file, made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
