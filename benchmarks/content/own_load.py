"""Load on a server of a benchmark: wrk (Debian: wrk), and how servers compare, round by round."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from own_web import cpu_of


class Load(NamedTuple):
    """Of one round: responses, how many a second, and the server's seconds of CPU for each."""

    responses: int
    rate: float
    cpu: float


def needed(*programs: str) -> None:
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise SystemExit(f"missing: {' and '.join(missing)} (Debian, Ubuntu: sudo apt install nginx-light wrk)")


def load(
    url: str, *, pid: int, seconds: float, connections: int, headers: tuple[str, ...] = (), script: str = ""
) -> Load:
    """Ask as fast as the server answers. Stops the benchmark at a response that is no success."""
    with TemporaryDirectory() as folder:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        for header in headers:
            command += ["-H", header]
        if script:
            (Path(folder) / "requests.lua").write_text(script)
            command += ["-s", f"{folder}/requests.lua"]
        before = cpu_of(pid)
        output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
        used = cpu_of(pid) - before
    if faults := [line.strip() for line in output.splitlines() if "Non-2xx" in line or "Socket errors" in line]:
        raise SystemExit(f"{url}: {' '.join(faults)}")
    count, rate = re.search(r"(\d+) requests in", output), re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert count
    assert rate
    return Load(int(count[1]), float(rate[1]), used / max(1, int(count[1])))


def in_turn(ways: dict[str, Callable[[float], Load]], *, rounds: int, seconds: float) -> dict[str, list[Load]]:
    """Rounds of all ways in turn, after a short one that warms all up."""
    loads: dict[str, list[Load]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            measured = way(seconds if turn else 1)
            if turn:
                loads[name].append(measured)
    return loads


def compared(loads: dict[str, list[Load]], ours: str, other: str) -> dict[str, Any]:
    """The rates of two ways, and the first as a part of the second: round by round, and the median."""
    ratios = [mine.rate / its.rate for mine, its in zip(loads[ours], loads[other], strict=True)]
    return {
        f"{ours}, {other}: a second": [[round(one.rate) for one in loads[name]] for name in (ours, other)],
        f"{ours}, {other}: CPU, µs each": [
            round(1e6 * median(one.cpu for one in loads[name])) for name in (ours, other)
        ],
        f"{ours} / {other}": [*(round(ratio, 2) for ratio in ratios), f"median {median(ratios):.2f}"],
        "load average": round(os.getloadavg()[0], 1),
    }
