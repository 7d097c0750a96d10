"""One tap: `POST /kits/{id}/shares` with everything that is needed to post it, beside a bare insert.

    python benchmarks/content/one_tap.py [SECONDS] [ROUNDS] [CONNECTIONS]

Needs wrk. Both are called in one server, which is what the Procfile starts for `web`, by one KOC with a token: same
middleware, sign-in, and an Idempotency-Key with each request. The bare view (`lists_plain.py`) looks up KOC and kit,
inserts the row of a share and answers its code; ours also looks for the same tap of today, draws the code, and answers
texts, post and pictures. Every tap is a new share, of another kit or channel. Rounds alternate."""

import json
import sys
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lists import BRAND
from own_load import compared, in_turn, load, needed
from own_server import in_child, scratch_server
from own_web import free_port, running, web_command

KITS = """
import json
import django; django.setup()
from django.utils import timezone
from accounts.access.services.sessions import start_session
from accounts.people.models import Koc
from content.kits.domain.texts import Text
from content.products.models import Product
from tests.support.factories import make_kit
koc = Koc.objects.get(key="deer")
products = list(Product.objects.filter(sku__startswith="P"))
texts = [Text(kind, "any", f"{{name}}：{kind}，{{product}} 只要 {{price}}。{{link}}") for kind in ("usage", "service", "value")]
kits = [make_kit(koc.brand, f"tap{n}", product=products[n % len(products)], texts=texts).public_id for n in range(1500)]
print(json.dumps([koc.public_id, start_session(user=koc.user, at=timezone.now()).access, kits]))
"""
TAPS = """
local kits = {{ {kits} }}
local channels = {{ "moments", "community", "xiaohongshu", "douyin", "wecom_moments", "wecom_group", "channels", "weibo" }}
local number = {first}
request = function()
    local kit, channel = kits[number % #kits + 1], channels[math.floor(number / #kits) % #channels + 1]
    number = number + 1
    wrk.headers["Idempotency-Key"] = "{way}" .. number
    return wrk.format("POST", "/api/v1/{way}kits/" .. kit .. "/shares", nil, '{{"koc": "{koc}", "channel": "' .. channel .. '"}}')
end
"""


def main(seconds: int, rounds: int, connections: int) -> None:
    needed("wrk")
    with scratch_server() as url:
        in_child(BRAND, url)
        koc, token, kits = in_child(KITS, url)
        headers = (f"Authorization: Bearer {token}", "Content-Type: application/json", "Accept-Language: zh-CN")
        port, done = free_port(), {"": 0, "plain/": 0}
        quoted = ", ".join(f'"{kit}"' for kit in kits)
        with running(web_command("lists_plain:application", port, threads=4), url, port) as server:

            def tapped(way: str, duration: float) -> object:
                before = shares(url)
                script = TAPS.format(kits=quoted, first=done[way], way=way, koc=koc)
                measured = load(
                    f"http://127.0.0.1:{port}",
                    pid=server.pid,
                    seconds=duration,
                    connections=connections,
                    headers=headers,
                    script=script,
                )
                done[way] += measured.responses + 10 * connections
                if shares(url) - before < measured.responses:
                    raise SystemExit(f"{way}: not every tap was a new share")
                return measured

            ways = {
                "tap": lambda duration: tapped("", duration),
                "bare insert": lambda duration: tapped("plain/", duration),
            }
            loads = in_turn(ways, rounds=rounds, seconds=seconds)  # type: ignore[arg-type]
    report = {"seconds a round, connections": [seconds, connections]} | compared(loads, "tap", "bare insert")
    print(json.dumps(report, indent=1, ensure_ascii=False))


def shares(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM referrals_share").fetchone()
    assert row
    return int(row[0])


if __name__ == "__main__":
    arguments = [int(number) for number in sys.argv[1:]]
    main(*(arguments + [4, 4, 4][len(arguments) :]))
