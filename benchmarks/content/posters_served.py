"""A poster that is kept, beside the same bytes as a static file and as a picture of the brand.

    python benchmarks/content/posters_served.py [SECONDS] [ROUNDS] [CONNECTIONS]

Needs wrk. All three come from one server, which is what the Procfile starts for `web`: `/s/{code}/poster.jpg`, what
WhiteNoise serves under `/static/`, and what the page of a kit fetches from `/media/`. 64 posters are asked for in turn.
Rounds alternate, after one that warms all up; the first poster of each is drawn beforehand."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lists import BRAND
from own_load import compared, in_turn, load, needed
from own_server import in_child, scratch_server
from own_web import free_port, running, web_command

POSTERS = 64
FILES = """
import hashlib, json, os, sys
from pathlib import Path
import django; django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from accounts.brands.models import Brand
from content.media.models import Media
from content.posters.services.keeping import kept_poster
from referrals.visits.selectors.posters import poster_behind
brand, now, static = Brand.objects.get(), timezone.now(), Path(os.environ["VAR_DIR"]) / "static"
Media.objects.filter(stem__startswith="20260101/").update(is_private=True)  # made up: they have no files
static.mkdir(parents=True, exist_ok=True)
from content.products.models import ProductPicture
ProductPicture.objects.all().delete()
media = []
for number in range(int(sys.argv[1])):
    poster = kept_poster(poster_behind(f"code{number}"), at=now).content
    (static / f"poster{number}.jpg").write_bytes(poster)
    row = Media.objects.create(brand=brand, digest=hashlib.sha256(poster).hexdigest(), stem=f"20260301/{number:032x}", format="jpeg", width=1080,
        height=1440, bytes=len(poster), is_private=False, created_at=now)
    storages["media"].save(row.name_at(), ContentFile(poster))
    media.append(row.public_id)
print(json.dumps(media))
"""
IN_TURN = """
local paths, number = {{ {paths} }}, 0
request = function()
    number = number + 1
    return wrk.format("GET", paths[number % #paths + 1])
end
"""


def main(seconds: int, rounds: int, connections: int) -> None:
    needed("wrk")
    with scratch_server() as url:
        in_child(BRAND, url)
        media = in_child(FILES, url, str(POSTERS))
        paths = {
            "poster": [f"/s/code{number}/poster.jpg" for number in range(POSTERS)],
            "static file": [f"/static/poster{number}.jpg" for number in range(POSTERS)],
            "picture": [f"/media/{name}.jpg" for name in media],
        }
        port = free_port()
        with running(web_command("config.wsgi:application", port, threads=4), url, port) as server:
            ways = {
                name: lambda duration, own=own: load(  # type: ignore[misc]
                    f"http://127.0.0.1:{port}",
                    pid=server.pid,
                    seconds=duration,
                    connections=connections,
                    script=IN_TURN.format(paths=", ".join(f'"{path}"' for path in own)),
                )
                for name, own in paths.items()
            }
            loads = in_turn(ways, rounds=rounds, seconds=seconds)
        kept = Path(os.environ["VAR_DIR"]) / "posters"
        report = {
            "seconds a round, connections": [seconds, connections],
            "kB a poster": round(
                sum(file.stat().st_size for file in kept.rglob("*") if file.is_file()) / POSTERS / 1000
            ),
        }
    for other in ("static file", "picture"):
        report |= compared(loads, "poster", other)
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    arguments = [int(number) for number in sys.argv[1:]]
    main(*(arguments + [4, 4, 4][len(arguments) :]))
