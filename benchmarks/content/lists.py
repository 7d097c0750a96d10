"""The lists of kits, shares and commissions, beside the same lists by plain serializers of models.

    python benchmarks/content/lists.py [SECONDS] [ROUNDS] [CONNECTIONS] [PAGE_SIZE]

Needs wrk. Both are called in one server, which is what the Procfile starts for `web`, by one KOC with a token: same
middleware, sign-in, pages, fields and rows; the plain views (`lists_plain.py`) select and prefetch what they show.
Answers are compared first, byte for byte but for their own address. Rounds alternate, after one that warms all up."""

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from own_load import compared, in_turn, load, needed
from own_server import in_child, scratch_server
from own_web import free_port, running, web_command

BRAND = """
import json, random
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from accounts.access.services.sessions import start_session
from commissions.orders.services.events import import_events
from commissions.schedule import run_due
from content.kits.domain.posts import Head
from content.kits.domain.texts import Text
from content.kits.models import Kit, VersionPicture
from content.kits.services.versions import publish_texts
from content.media.models import Media
from content.products.models import ProductPicture
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.factories import make_brand_with_plan, make_kit, make_koc, make_product, make_share, make_user
now = timezone.now()
brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1250}])
user = make_user(name="小鹿")
koc = make_koc(brand, "deer", name="小鹿", user=user)
chance = random.Random(7)
words = "用了 三周 皮肤 不那么 干 了 早晚 各 一次 味道 很 淡 客服 回得 快 出差 也 带着 值得 再买 换季 没有 起皮".split()
def text(length):
    return "".join(chance.choice(words) for _word in range(length))
channels = ["any", "moments", "xiaohongshu", "douyin"]
kits = []
for number in range(60):
    product = make_product(brand, f"P{number}", name=text(5), price_minor=9900 + number)
    for picture in range(2):
        digest = f"{number * 2 + picture:064x}"
        media = Media.objects.create(brand=brand, digest=digest, stem=f"20260101/{digest[-32:]}", format="jpeg", width=1600, height=1200,
            bytes=200_000, alt=text(4), is_private=False, created_at=now)
        ProductPicture.objects.create(product=product, media=media, position=picture)
    texts = [Text(kind, channel, text(12)) for kind, channel in zip(("usage", "service", "value", "usage"), channels)]
    kits.append(make_kit(brand, f"kit{number}", title=text(4), product=product, texts=texts, created_at=now - timedelta(hours=number + 1)))
shares = [make_share(koc, kits[number % 60], code=f"code{number}", channel=channels[number % 4], shared_at=now - timedelta(minutes=300 - number))
          for number in range(200)]
Visit.objects.bulk_create(Visit(share=share, visitor=f"v{number}", visited_at=now) for share in shares for number in range(share.pk % 9))
def event(number):
    lines = [{"line": str(k), "sku": f"P{(number + k) % 60}", "quantity": 1, "unit_price_minor": 9900} for k in (1, 2)]
    paid = (now - timedelta(minutes=200 - number)).isoformat()
    sale = {"order": f"A-{number}", "paid_at": paid, "currency": "CNY", "customer": {"id": f"c{number % 50}"}, "share": f"code{number % 100}"}
    return json.dumps({"type": "order.paid", "data": sale | {"discount_minor": 0, "lines": lines}}) + "\\n"
import_events(brand=brand, lines=[event(number) for number in range(120)], name="events.jsonl", at=now)
run_due(brand=brand, at=now)
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
print(json.dumps([koc.public_id, start_session(user=user, at=now).access]))
"""
LISTS = ("kits", "shares", "commissions")


def main(seconds: int, rounds: int, connections: int, page_size: int) -> None:
    needed("wrk")
    with scratch_server() as url:
        koc, token = in_child(BRAND, url)
        headers = (f"Authorization: Bearer {token}", "Accept: application/json", "Accept-Language: zh-CN")
        port = free_port()
        query = f"?koc={koc}&page_size={page_size}"
        addresses = {
            name: [f"http://127.0.0.1:{port}/api/v1/{way}{name}{query}" for way in ("", "plain/")] for name in LISTS
        }
        with running(web_command("lists_plain:application", port, threads=4), url, port) as server:
            for ours, plain in addresses.values():
                assert answer(ours, headers) == answer(plain, headers)
            ways = {
                f"{way}{name}": lambda duration, address=address: load(  # type: ignore[misc]
                    address, pid=server.pid, seconds=duration, connections=connections, headers=headers
                )
                for name in LISTS
                for way, address in zip(("", "plain "), addresses[name], strict=True)
            }
            loads = in_turn(ways, rounds=rounds, seconds=seconds)
    report: dict[str, Any] = {"seconds a round, connections, rows": [seconds, connections, page_size]}
    for name in LISTS:
        report |= compared(loads, name, f"plain {name}")
    print(json.dumps(report, indent=1, ensure_ascii=False))


def answer(address: str, headers: tuple[str, ...]) -> str:
    request = urllib.request.Request(address, headers=dict(header.split(": ", 1) for header in headers))
    with urllib.request.urlopen(request) as response:
        return str(response.read().decode()).replace("/api/v1/plain/", "/api/v1/")


if __name__ == "__main__":
    arguments = [int(number) for number in sys.argv[1:]]
    main(*(arguments + [4, 4, 4, 20][len(arguments) :]))
