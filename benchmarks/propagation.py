"""Word of mouth measured: forests on arrays beside NetworkX, rustworkx and igraph, and the tree in PostgreSQL beside
bare SQL.

    python benchmarks/propagation.py graphs [NODES] [OTHERS_PYTHON]
    python benchmarks/propagation.py memory [NODES]
    python benchmarks/propagation.py database [MEMBERS] [ROUNDS]

`graphs`: size, depth, breadth, virality and subtree size of every tree of a forest, in two shapes: one giant tree, and
many of at most 1,000 nodes, as cascades are. OTHERS_PYTHON is a Python with rustworkx, igraph, networkx and numpy; the
first two are no dependencies of Grove. Each reads the same parents, builds its own graph and uses its own functions: one
pass of layers gives size, depth and breadth. Virality takes others a walk from every node, so it is timed on a tree that
they can bear and, by its pairs, reckoned for the forest: "reckoned" says so. `database`: loading, ancestors, subtrees,
joining, a KOC's block; each beside the barest SQL that does it."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
from graph_scripts import OTHERS, OURS, PARENTS
from own_server import ROOT, in_child, scratch_server
from tree_scripts import AS_USED, JOINING, LOADING, MEMBERS, TIMED, WALKS


def run(python: str, code: str, *arguments: str) -> Any:
    done = subprocess.run([python, "-c", code, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


BEARABLE = {"one tree": 4000, "cascades": 1000}  # nodes of the tree on which others' virality is timed


def graphs(nodes: int, python: str) -> dict[str, Any]:
    """Best of five of ours; each of the others once, on the same forest in the same run."""
    return {shape: _graphs(nodes, python, shape) for shape in BEARABLE} | {"load average": os.getloadavg()[0]}


def _graphs(nodes: int, python: str, shape: str) -> dict[str, Any]:
    ours = run(sys.executable, OURS, str(nodes), "5", shape)
    others = run(python, OTHERS, str(nodes), str(BEARABLE[shape]), shape)
    report: dict[str, Any] = {
        "nodes": nodes,
        "trees": ours["trees"],
        "largest": ours["largest"],
        "ours, all metrics, s": round(ours["seconds"], 3),
    }
    small = _virality(others["few"])
    for name, took in others["seconds"].items():
        checks = others["checks"][name]
        same = (checks["depths"], checks["sizes"]) == (ours["depths"], ours["sizes"])
        if not same or abs(checks["virality"] - small) > 1e-9:
            raise SystemExit(f"{name} finds other numbers: {checks}, not {ours}, {small}")
        walks = took["layers"] + took["subtree size"]
        virality = took["virality"] * others["pairs"]
        report[name] = {metric: round(seconds, 3) for metric, seconds in took.items()} | {
            f"virality is of {BEARABLE[shape]} nodes; of the forest, reckoned, s": round(virality, 1),
            "× ours, all but virality": round(walks / ours["seconds"], 1),
            "× ours, all but virality, with building": round((took["building"] + walks) / ours["seconds"], 1),
            "× ours, with building and virality reckoned": round(
                (took["building"] + walks + virality) / ours["seconds"], 1
            ),
        }
    return report


def _virality(edges: list[tuple[int, int]]) -> float:
    from referrals.propagation.domain.metrics import measure  # noqa: PLC0415  the path is set by then
    from referrals.tree.domain.forests import grow  # noqa: PLC0415  the path is set by then

    parent = np.full(len(edges) + 1, -1, dtype=np.int64)
    for above, below in edges:
        parent[below] = above
    return float(measure(grow(parent)).virality[0] or 0)


def memory(nodes: int) -> dict[str, Any]:
    found = run(sys.executable, OURS, str(nodes), "1", "forest")
    keep = {name: round(found[name], 2) for name in ("seconds", "before MB", "peak MB")}
    return (
        {"nodes": nodes}
        | keep
        | {"trees": found["trees"], "deepest": found["deepest"], "load average": os.getloadavg()[0]}
    )


def database(members: int, rounds: int) -> dict[str, Any]:
    with scratch_server() as url:
        asked = in_child(PARENTS + MEMBERS, url, str(members))
        arguments = (str(rounds), json.dumps(asked))
        load = in_child(TIMED + LOADING, url, *arguments)
        print(json.dumps({"loading": load}), flush=True)
        walks = in_child(TIMED + WALKS, url, *arguments)
        print(json.dumps({"walks": walks}), flush=True)
        joined = in_child(TIMED + JOINING, url, *arguments)
    return {
        "members": members,
        "team of the KOC": asked["team"],
        "loading, s": {name: round(seconds, 3) for name, seconds in load.items()},
        "× bare COPY, every metric": round(load["into arrays and every metric"] / load["bare COPY"], 2),
        "× bare SELECT with fetchall, every metric": round(
            load["into arrays and every metric"] / load["bare SELECT with fetchall"], 2
        ),
        "× bare COPY, kocs_of": round(load[AS_USED] / load["bare COPY"], 2),
        "× bare SELECT with fetchall, kocs_of": round(load[AS_USED] / load["bare SELECT with fetchall"], 2),
        "ancestors × raw": round(walks["ancestors, ours"] / walks["ancestors, raw"], 2),
        "subtrees × raw": round(walks["subtrees, ours"] / walks["subtrees, raw"], 2),
        "subtrees with activity × raw": round(walks["subtrees, ours with activity"] / walks["subtrees, raw"], 2),
        "walks, s": {name: round(seconds, 4) for name, seconds in walks.items()},
        "joining under one sponsor, 8 connections, a second": {
            name: [round(rate) for rate in rates] for name, rates in joined.items()
        },
        "joining × bare inserts": round(max(joined["ours"]) / max(joined["bare"]), 2),
        "joining × the ORM's inserts": round(max(joined["ours"]) / max(joined["plain"]), 2),
        "load average": os.getloadavg()[0],
    }


def main(what: str, size: int, more: str) -> None:
    sys.path.insert(0, str(ROOT))
    report = {
        "graphs": lambda: graphs(size, more or sys.executable),
        "memory": lambda: memory(size),
        "database": lambda: database(size, int(more or 3)),
    }[what]()
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000, sys.argv[3] if len(sys.argv) > 3 else "")
