"""A poster for each KOC, beside Pillow's own JPEG encoding of the same pixels. `python benchmarks/content/draw_posters.py [KOCS]`

Every KOC has another name, link and portrait; names are of 1 to 120 characters. Both are timed on the same posters, in
turn, by the time of the processor. "As it is written" is what Pillow does with the same quality and colours; "by default"
is its `save(…, "JPEG")`, which keeps fewer details. A cold template is drawn and encoded for its first KOC."""

import json
import os
import statistics
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("GROVE_ENV_FILE", "no")
os.environ.setdefault("DATABASE_URL", "postgresql://none/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()
from PIL import Image  # noqa: E402

from content.posters.domain.layouts import Design  # noqa: E402
from content.posters.domain.posters import PosterTemplate, Sharer  # noqa: E402
from content.posters.rendering.jpegs import QUALITY, SUBSAMPLING  # noqa: E402
from content.posters.rendering.posters import GROUNDS_KEPT, poster, poster_jpeg  # noqa: E402
from tests.content.posters.examples import example  # noqa: E402

NAMES = ["昇", "小鹿", "㛃䶮喆堃", "小鹿在上海🌸Lucy", "Alexandria Montgomery-Fitzgerald of São Paulo", "小鹿妈妈" * 30]


def photograph(side: int, seed: int) -> bytes:
    """A picture with the grain and the soft edges of a photograph."""
    grain = Image.frombytes(
        "L", (64, 64), bytes((number * number * (seed + 3) >> 3) % 256 for number in range(64 * 64))
    )
    light = Image.radial_gradient("L").resize((side, side))
    rough = grain.resize((side, side), Image.Resampling.BICUBIC)
    taken = BytesIO()
    Image.merge("RGB", (light, rough, Image.blend(light, rough, 0.5))).save(taken, format="JPEG", quality=90)
    return taken.getvalue()


def milliseconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return 1000 * (process_time() - start)


def pillow(pixels: Image.Image, **options: object) -> None:
    pixels.save(BytesIO(), format="JPEG", **options)


def measured(template: PosterTemplate, kocs: int) -> dict[str, object]:
    GROUNDS_KEPT.clear()
    sharers = [
        Sharer(NAMES[number % len(NAMES)], f"https://go.qinglan.cn/s/k3m9{number:04}", photograph(200, number))
        for number in range(kocs)
    ]
    cold = milliseconds(lambda: poster_jpeg(template, sharers[0]))
    ours, same, default, size = [], [], [], []
    for sharer in sharers:
        pixels = poster(template, sharer)
        ours.append(milliseconds(lambda sharer=sharer: size.append(len(poster_jpeg(template, sharer)))))  # type: ignore[misc]
        same.append(milliseconds(lambda pixels=pixels: pillow(pixels, quality=QUALITY, subsampling=SUBSAMPLING)))  # type: ignore[misc]
        default.append(milliseconds(lambda pixels=pixels: pillow(pixels)))  # type: ignore[misc]
    warm = statistics.median(ours)
    return {
        "ms: first of a template, each after it": [round(cold, 1), round(warm, 2)],
        "ms: Pillow encodes the pixels as they are written, by default": [
            round(statistics.median(same), 2),
            round(statistics.median(default), 2),
        ],
        "poster / encoding as it is written": round(warm / statistics.median(same), 2),
        "poster / encoding by default": round(warm / statistics.median(default), 2),
        "kB a poster": round(statistics.median(size) / 1000),
    }


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    poster_jpeg(example(), Sharer("".join(NAMES)[:300], "https://go.qinglan.cn/s/1"))  # fonts are opened
    report = {str(design): measured(example(design, picture=photograph(1200, 1)), number) for design in Design}
    print(json.dumps({**report, "load average": os.getloadavg()[0]}, indent=1))
