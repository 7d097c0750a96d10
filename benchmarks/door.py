"""The hot path `GET /s/{code}`, beside nginx with a bare `return 302`, and beside a Django view that selects and
inserts.

    python benchmarks/door.py [SECONDS] [ROUNDS] [CONNECTIONS]

Needs nginx and wrk (Debian: nginx-light, wrk), and says so when one is missing. Each of the three has one worker
process: ours and the plain view are what the Procfile starts for `web`, with WEB_THREADS (2): more threads only wait
for each other's interpreter lock when all that is asked for are links. Rounds alternate, after one that warms all up;
every request is a new visitor's, so each of ours is a click that is kept. Clicks are taken into PostgreSQL on the same
machine meanwhile, and the time it takes to be through with them afterwards is told too."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

import psycopg
from intake_http import cpu_of, free_port
from own_server import ROOT, in_child, scratch_server

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49"
SHARE = """
import django; django.setup()
from datetime import UTC, datetime
from accounts.models import Brand, Koc, Tier
from content.models import Kit, Product
from referrals.models import Share
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


def web(application: str, url: str, port: int) -> list[str]:
    """`web` of the Procfile with another application: one worker."""
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:")).partition(
        ":"
    )[2]
    for name, given in (("PORT", str(port)), ("WEB_WORKERS", "1"), ("WEB_THREADS", os.environ.get("WEB_THREADS", "2"))):
        line = line.replace(next(part for part in line.split() if part.startswith(f"${{{name}:-")), given)
    command = shlex.split(Template(line).substitute().replace("config.wsgi:application", application))
    return [str(Path(sys.executable).parent / command[0]), "--log-level", "warning", *command[1:]]


def load(port: int, seconds: float, connections: int) -> tuple[int, float, str]:
    """How many requests were answered, how many a second, and wrk's complaints if any were not with a redirect."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-H",
        f"User-Agent: {BROWSER}",
        f"http://127.0.0.1:{port}/s/k3m9Qx2",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answered, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert answered
    assert rate
    faults = " ".join(line.strip() for line in said.splitlines() if "Non-2xx" in line or "Socket errors" in line)
    return int(answered[1]), float(rate[1]), faults


def count(url: str, what: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(what).fetchone()  # type: ignore[arg-type]
    assert row
    return int(row[0])


def through(url: str, wanted: int) -> float:
    """Seconds until so many visits are in the table."""
    start = time.monotonic()
    while count(url, "SELECT count(*) FROM referrals_visit") < wanted:
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
        ports = {"nginx": free_port(), "door": free_port(), "plain": free_port()}
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=ports["nginx"]))
        env = os.environ | {"DATABASE_URL": url, "PYTHONPATH": f"{ROOT}:{ROOT / 'benchmarks'}", "LOG_LEVEL": "WARNING"}
        commands = {
            "nginx": ["nginx", "-c", str(folder / "nginx.conf")],
            "door": web("config.wsgi:application", url, ports["door"]),
            "plain": web("door_plain:application", url, ports["plain"]),
        }
        running = {name: subprocess.Popen(command, cwd=ROOT, env=env) for name, command in commands.items()}
        try:
            report = measured(running, ports, url, seconds, rounds, connections)
        finally:
            for process in running.values():
                process.terminate()
                process.wait(30)
    print(json.dumps(report, indent=1))


def measured(
    running: dict[str, Any], ports: dict[str, int], url: str, seconds: int, rounds: int, connections: int
) -> dict[str, Any]:
    time.sleep(5)
    done: dict[str, list[tuple[int, float, float]]] = {name: [] for name in running}
    clicks, late = 0, []
    for turn in range(rounds + 1):
        for name, process in running.items():
            before, visits = (
                cpu_of(process.pid),
                count(url, "SELECT count(*) FROM referrals_visit") if name == "door" else 0,
            )
            answered, rate, faults = load(ports[name], seconds if turn else 1, connections)
            cpu = (cpu_of(process.pid) - before) / answered
            if faults:
                raise SystemExit(f"{name}: {faults}")
            if name == "door":
                late.append(through(url, visits + answered))
                clicks += answered
            if turn:
                done[name].append((answered, rate, cpu))
    rates = {name: [rate for _, rate, _ in found] for name, found in done.items()}
    over_nginx = [mine / theirs for mine, theirs in zip(rates["door"], rates["nginx"], strict=True)]
    over_plain = [mine / theirs for mine, theirs in zip(rates["door"], rates["plain"], strict=True)]
    return {
        "seconds a round, connections": [seconds, connections],
        "requests per second": {name: [round(rate) for rate in found] for name, found in rates.items()},
        "door / nginx": [round(ratio, 3) for ratio in over_nginx] + [f"median {median(over_nginx):.3f}"],
        "door / plain view": [round(ratio, 1) for ratio in over_plain] + [f"median {median(over_plain):.1f}"],
        "server's CPU, µs a request": {
            name: round(1e6 * median(cpu for _, _, cpu in found), 1) for name, found in done.items()
        },
        "CPU of nginx / CPU of the door": round(
            median(cpu for _, _, cpu in done["nginx"]) / median(cpu for _, _, cpu in done["door"]), 3
        ),
        "clicks answered, seconds until a round's were in the table": [clicks, [round(one, 1) for one in late]],
        "load average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [4, 4, 64][len(given) :]))
