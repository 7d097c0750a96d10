"""The hot path `GET /s/{code}`, beside nginx with a bare `return 302`, and beside a Django view that selects and
inserts.

    python benchmarks/redirect.py [SECONDS] [ROUNDS] [CONNECTIONS]

Needs nginx and wrk (Debian: nginx-light, wrk), and says so when one is missing. Each of the three has one worker
process: ours and the plain view are what the Procfile starts for `web`, with WEB_THREADS (2): more threads only wait
for each other's interpreter lock when all requests are for links. Rounds alternate, after one that warms all up; every
request is a new visitor's, so each of ours is a click that is recorded. Clicks are ingested into PostgreSQL on the same
machine meanwhile, and the time until all of them are there is reported too."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from own_server import in_child, scratch_server
from own_web import cpu_of, free_port, running, web_command

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49"
SHARE = """
import django; django.setup()
from datetime import UTC, datetime
from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from content.kits.models import Kit
from content.products.models import Product
from referrals.shares.models import Share
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/p/{sku}", created_at=start)
tier = Tier.objects.create(brand=brand, key="seed", name="种子", rank=0)
koc = Koc.objects.create(brand=brand, key="a", name="a", status="active", invite_code="a", joined_at=start, tier=tier)
kit = Kit.objects.create(brand=brand, key="k", title="k", created_at=start, product=Product.objects.create(brand=brand, sku="S1", name="S1", price_minor=9900))
Share.objects.create(brand=brand, koc=koc, kit=kit, code="k3m9Qx2", channel="moments", shared_at=start)
"""
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 100000000;
    server {{ listen 127.0.0.1:{port}; location / {{ return 302 https://shop.example/p/S1; }} }}
}}
"""


def load(port: int, seconds: float, connections: int) -> tuple[int, float, str]:
    """The number of responses, their rate per second, and wrk's complaints if any was not a redirect."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-H",
        f"User-Agent: {BROWSER}",
        f"http://127.0.0.1:{port}/s/k3m9Qx2",
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count, rate = re.search(r"(\d+) requests in", output), re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert count
    assert rate
    faults = " ".join(line.strip() for line in output.splitlines() if "Non-2xx" in line or "Socket errors" in line)
    return int(count[1]), float(rate[1]), faults


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row
    return int(row[0])


def seconds_until_ingested(url: str, visits: int) -> float:
    """Seconds until so many visits are in the table."""
    start = time.monotonic()
    while count(url, "SELECT count(*) FROM referrals_visit") < visits:
        if time.monotonic() - start > 300:
            raise SystemExit("clicks did not come into the table")
        time.sleep(0.1)
    return time.monotonic() - start


def main(seconds: int, rounds: int, connections: int) -> None:
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name)]
    if missing:
        raise SystemExit(f"missing: {' and '.join(missing)} (Debian, Ubuntu: sudo apt install nginx-light wrk)")
    with scratch_server() as url:
        in_child(SHARE, url)
        folder = Path(os.environ["VAR_DIR"])
        ports = {"nginx": free_port(), "redirect": free_port(), "plain": free_port()}
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=ports["nginx"]))
        commands = {
            "nginx": ["nginx", "-c", str(folder / "nginx.conf")],
            "redirect": web_command("config.wsgi:application", ports["redirect"], threads=2),
            "plain": web_command("redirect_plain:application", ports["plain"], threads=2),
        }
        with ExitStack() as stack:
            servers = {
                name: stack.enter_context(running(command, url, ports[name])) for name, command in commands.items()
            }
            report = measured(servers, ports, url, seconds, rounds, connections)
    print(json.dumps(report, indent=1))


def measured(
    servers: dict[str, Any], ports: dict[str, int], url: str, seconds: int, rounds: int, connections: int
) -> dict[str, Any]:
    results: dict[str, list[tuple[int, float, float]]] = {name: [] for name in servers}
    clicks, ingest_seconds = 0, []
    for turn in range(rounds + 1):
        for name, process in servers.items():
            before, visits = (
                cpu_of(process.pid),
                count(url, "SELECT count(*) FROM referrals_visit") if name == "redirect" else 0,
            )
            requests, rate, faults = load(ports[name], seconds if turn else 1, connections)
            cpu = (cpu_of(process.pid) - before) / requests
            if faults:
                raise SystemExit(f"{name}: {faults}")
            if name == "redirect":
                ingest_seconds.append(seconds_until_ingested(url, visits + requests))
                clicks += requests
            if turn:
                results[name].append((requests, rate, cpu))
    rates = {name: [rate for _, rate, _ in values] for name, values in results.items()}
    over_nginx = [ours / other for ours, other in zip(rates["redirect"], rates["nginx"], strict=True)]
    over_plain = [ours / other for ours, other in zip(rates["redirect"], rates["plain"], strict=True)]
    return {
        "seconds a round, connections": [seconds, connections],
        "requests per second": {name: [round(rate) for rate in values] for name, values in rates.items()},
        "redirect / nginx": [round(ratio, 3) for ratio in over_nginx] + [f"median {median(over_nginx):.3f}"],
        "redirect / plain view": [round(ratio, 1) for ratio in over_plain] + [f"median {median(over_plain):.1f}"],
        "server's CPU, µs a request": {
            name: round(1e6 * median(cpu for _, _, cpu in values), 1) for name, values in results.items()
        },
        "CPU of nginx / CPU of the redirect": round(
            median(cpu for _, _, cpu in results["nginx"]) / median(cpu for _, _, cpu in results["redirect"]), 3
        ),
        "clicks redirected, seconds until a round's were in the table": [
            clicks,
            [round(duration, 1) for duration in ingest_seconds],
        ],
        "load average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    arguments = [int(number) for number in sys.argv[1:]]
    main(*(arguments + [4, 4, 64][len(arguments) :]))
