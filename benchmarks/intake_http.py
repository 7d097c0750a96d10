"""The signed HTTP intake on a real server, beside the same endpoint that only verifies the signature.

    python benchmarks/intake_http.py [REQUESTS] [ROUNDS] [CONNECTIONS]

The server is what the Procfile starts for `web`, on loopback, with one more endpoint (`intake_verify_only.py`). The
client signs its requests beforehand and sends the bytes over keep-alive connections. The rounds alternate, after one
that warms both up; every event of ours is a new order, with two lines and a customer."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from own_server import in_child, scratch_server
from own_web import cpu_of, free_port, running, web_command

BRAND = """
import json
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from commissions.plans.models.policies import PayPolicy
from commissions.orders.services.secrets import intake_secrets
from content.products.models import Product
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
Tier.objects.create(brand=brand, key="seed", name="种子", rank=0)
PayPolicy.objects.create(brand=brand)
Product.objects.bulk_create(Product(brand=brand, sku=f"S{n}", name=f"Serum {n}", price_minor=9900) for n in range(40))
print(json.dumps(intake_secrets(brand=brand, rotate=False, at=start)[0]))
"""
# One connection a thread: the requests are ready, and of the responses only the length and the status are read.
CLIENT = """
import json, socket, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

port, connections, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
requests = Path(path).read_bytes().split(b"\\0")[:-1]

def receive(peer):
    received = b""
    while b"\\r\\n\\r\\n" not in received:
        received += peer.recv(65536)
    head, _, body = received.partition(b"\\r\\n\\r\\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\\r")[0])
    while len(body) < length:
        body += peer.recv(65536)
    return int(head[9:12])

def send(own):
    statuses, slowest = {}, 0.0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in own:
            start = time.perf_counter()
            peer.sendall(request)
            status = receive(peer)
            slowest = max(slowest, time.perf_counter() - start)
            statuses[status] = statuses.get(status, 0) + 1
    return statuses, slowest

start, used = time.perf_counter(), time.process_time()
with ThreadPoolExecutor(connections) as pool:
    done = list(pool.map(send, [requests[own::connections] for own in range(connections)]))
seconds = time.perf_counter() - start
statuses = {}
for counts, _ in done:
    for status, count in counts.items():
        statuses[str(status)] = statuses.get(str(status), 0) + count
print(json.dumps({"per second": len(requests) / seconds, "slowest ms": 1000 * max(slow for _, slow in done), "statuses": statuses,
    "client's cpu": (time.process_time() - used) / seconds}))
"""


def event(number: int) -> bytes:
    lines = [
        {"line": str(k), "sku": f"S{(number + k) % 40}", "quantity": 1, "unit_price_minor": 9900, "discount_minor": 0}
        for k in (1, 2)
    ]
    buyer = {"id": f"c{number % 1000}", "phone": f"+86139{number % 1000:08}"}
    sale = {
        "order": f"A-{number}",
        "paid_at": "2026-03-01T02:00:00Z",
        "currency": "CNY",
        "customer": buyer,
        "click": None,
        "coupon": None,
        "share": None,
    }
    return json.dumps(
        {
            "type": "order.paid",
            "timestamp": "2026-03-01T02:00:00Z",
            "data": sale | {"discount_minor": 0, "shipping_minor": 0, "lines": lines},
        }
    ).encode()


def signed(secret: str, endpoint: str, numbers: range) -> bytes:
    """Requests as they go over the wire, each ended by a NUL."""
    from standardwebhooks import Webhook  # noqa: PLC0415

    webhook, now, wire = Webhook(secret), datetime.now(UTC), bytearray()
    for number in numbers:
        body = event(number)
        head = {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Content-Length": len(body),
            "webhook-id": f"msg_{number}",
        }
        head |= {
            "webhook-timestamp": int(now.timestamp()),
            "webhook-signature": webhook.sign(f"msg_{number}", now, body.decode()),
        }
        lines = [
            f"POST /api/v1/intake/lumi/{endpoint} HTTP/1.1",
            *(f"{name}: {value}" for name, value in head.items()),
            "",
            "",
        ]
        wire += "\r\n".join(lines).encode() + body + b"\0"
    return bytes(wire)


def main(requests: int, rounds: int, connections: int) -> None:
    results: dict[str, list[dict[str, Any]]] = {"orders": [], "verified": []}
    with scratch_server() as url:
        secret, port = in_child(BRAND, url), free_port()
        with running(web_command("intake_verify_only:application", port, threads=4), url, port) as web:
            file = Path(os.environ["VAR_DIR"]) / "requests"
            number = 0
            for turn in range(rounds + 1):
                for endpoint, measured in results.items():
                    amount = requests if turn else 200
                    file.write_bytes(signed(secret, endpoint, range(number, number + amount)))
                    number += amount
                    before = cpu_of(web.pid)
                    result = in_child(CLIENT, url, str(port), str(connections), str(file))
                    result["cpu ms"] = 1000 * (cpu_of(web.pid) - before) / amount
                    if result["statuses"] != {"202": amount}:
                        raise SystemExit(f"{endpoint}: {result}")
                    if turn:
                        measured.append(result)
            with psycopg.connect(url) as connection:
                stored = connection.execute(
                    "SELECT (SELECT count(*) FROM commissions_event), (SELECT count(*) FROM commissions_order)"
                ).fetchone()
    ours, verified = ([result["per second"] for result in results[endpoint]] for endpoint in ("orders", "verified"))
    report = {
        "requests a round, connections": [requests, connections],
        "events and orders kept": stored,
        "requests per second, intake": [round(rate) for rate in ours],
        "requests per second, only verified": [round(rate) for rate in verified],
        "ratio": [round(mine / theirs, 3) for mine, theirs in zip(ours, verified, strict=True)],
        "ratio of the medians": round(median(ours) / median(verified), 3),
        "server's CPU, ms a request, intake and only verified": [
            round(median(result["cpu ms"] for result in results[endpoint]), 2) for endpoint in ("orders", "verified")
        ],
        "slowest ms, intake and only verified": [
            round(max(result["slowest ms"] for result in results[endpoint])) for endpoint in ("orders", "verified")
        ],
        "client's CPU, of one core": round(
            max(result["client's cpu"] for result in results["orders"] + results["verified"]), 2
        ),
        "load average": os.getloadavg()[0],
    }
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    arguments = [int(number) for number in sys.argv[1:]]
    main(*(arguments + [2_000, 3, 8][len(arguments) :]))
