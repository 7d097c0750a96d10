"""How the pixels of a picture are drawn anew. Nothing here but Pillow: a process of its own does it for HEIC."""

from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from PIL import Image, ImageCms

from content.media.domain.limits import MIB, STORED_SIDE, STORED_SIDE_TRANSPARENT
from content.media.domain.sizes import fitted, height_at, stored_widths

QUALITY = 88
STRIP = 64  # rows that are drawn at a time
OVERLAP = 4  # rows that a strip is drawn beyond its edge, so that no seam is seen
LARGEST_PROFILE = 4 * MIB
SRGB = ImageCms.createProfile("sRGB")


def drawn(image: Any) -> Image.Image:
    """The pixels in sRGB, 4,096 on the longest side at most: RGB, or RGBA where one may look through. `image` is
    Pillow's, or has what is asked of it here."""
    picture = _in_strips(image, fitted(image.width, image.height, STORED_SIDE))
    return _without_needless_alpha(picture) if picture.mode == "RGBA" else picture


def written(picture: Image.Image) -> dict[int | None, IO[bytes]]:
    """Its files: itself under None, and its thumbnails by their width."""
    return {None: _file(picture)} | {
        narrow: _file(
            picture.resize((narrow, height_at(narrow, *picture.size)), Image.Resampling.LANCZOS, reducing_gap=3)
        )
        for narrow in stored_widths(picture.width)
    }


def _in_strips(image: Any, size: tuple[int, int]) -> Image.Image:
    """The picture in that size, in sRGB of 8 bit, strip by strip: beside it and the original only a few rows exist.

    A strip is drawn from the rows of the original that it is made of, and some more on both sides."""
    to_srgb = _to_srgb(image)
    width, height = size
    ratio = image.height / height
    whole = Image.new("RGBA" if image.has_transparency_data else "RGB", size)
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        first, last = max(0, top - OVERLAP), min(height, bottom + OVERLAP)
        upper, lower = int(first * ratio), min(image.height, -int(-last * ratio // 1))
        strip = to_srgb(image.crop((0, upper, image.width, lower)))
        if size != (image.width, image.height):
            box = (0, first * ratio - upper, image.width, min(last * ratio - upper, lower - upper))
            strip = strip.resize((width, last - first), Image.Resampling.LANCZOS, box=box)
        whole.paste(strip.crop((0, top - first, width, bottom - first)), (0, top))
    return whole


def _to_srgb(image: Any) -> Any:
    """How pixels of this picture become RGB, or RGBA: by its own profile where it has one that can be used."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode.startswith("I"):  # 16 bit, of which Pillow would cut the upper half off
        return lambda strip: _of_16_bit(strip).convert(mode)
    change = _profile_change(image)
    if change is None:
        return lambda strip: strip.convert(mode)

    def by_profile(strip: Image.Image) -> Image.Image:
        if mode == "RGB":
            return change.apply(strip if strip.mode == change.input_mode else strip.convert("RGB"))
        seen = strip.convert("RGBA")
        coloured: Image.Image = change.apply(seen.convert("RGB"))
        coloured.putalpha(seen.getchannel("A"))
        return coloured

    return by_profile


def _profile_change(image: Any) -> Any:
    """From the colours of the picture's profile to sRGB; None without a profile, or with one that is of no use."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > LARGEST_PROFILE:
        return None
    mode = image.mode if image.mode in {"L", "CMYK"} else "RGB"
    try:
        return ImageCms.buildTransform(ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _of_16_bit(strip: Image.Image) -> Image.Image:
    """Grey of 16 bit as grey of 8."""
    wide = strip.convert("I")
    return wide.point(lambda value: value / 256).convert("L")


def _without_needless_alpha(drawn: Image.Image) -> Image.Image:
    """One may look through nowhere: then it is an ordinary picture. Otherwise it is made as small as is stored without
    loss."""
    alpha: Any = drawn.getchannel("A").getextrema()
    if alpha[0] == 255:
        return drawn.convert("RGB")
    return drawn.resize(fitted(*drawn.size, STORED_SIDE_TRANSPARENT), Image.Resampling.LANCZOS, reducing_gap=3)


def _file(picture: Image.Image) -> IO[bytes]:
    """As a file at its start; a large one lies on the disk."""
    file: Any = SpooledTemporaryFile(max_size=MIB)  # noqa: SIM115  whoever stores it closes it
    if picture.mode == "RGBA":
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=QUALITY, subsampling=0, optimize=False)
    file.seek(0)
    return file
