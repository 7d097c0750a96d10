"""Word of mouth measured: forests on arrays beside NetworkX, rustworkx and igraph, and the tree in PostgreSQL beside
bare SQL.

    python benchmarks/propagation.py graphs [NODES] [OTHERS_PYTHON]
    python benchmarks/propagation.py memory [NODES]
    python benchmarks/propagation.py database [MEMBERS] [ROUNDS]

`graphs`: size, depth, breadth, virality and subtree size of every tree of a forest. OTHERS_PYTHON is a Python with
rustworkx, igraph, networkx and numpy; the first two are no dependencies of Grove. Each reads the same file of parents,
builds its own graph (not timed) and uses its own functions. Virality takes others quadratic time, so it is timed on a
cascade that they can bear and, by its pairs, reckoned for the largest tree: "reckoned" says so. `database`: loading,
ancestors, subtrees, joining, a KOC's block; each beside the barest SQL that does it."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
from own_server import ROOT, in_child, scratch_server

# Trees of many sizes, the latest joiners under anybody: depth grows as log n; one in fifty begins a tree of its own.
PARENTS = """
import numpy as np
def parents(n, seed=7):
    chance = np.random.default_rng(seed)
    above = (chance.random(n) * np.arange(n)).astype(np.int64)
    above[chance.random(n) < 0.02] = -1
    above[0] = -1
    return above
"""
OURS = (
    PARENTS
    + """
import json, resource, sys, time
sys.path.insert(0, ".")
from referrals.propagation.domain.metrics import grow, measure
n = int(sys.argv[1])
parent = parents(n)
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
best = 1e9
for _ in range(int(sys.argv[2])):
    begin = time.perf_counter()
    forest = grow(parent)
    found = measure(forest)
    best = min(best, time.perf_counter() - begin)
largest = int(found.size.argmax())
print(json.dumps({"seconds": best, "before MB": base, "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "trees": len(found),
    "largest": int(found.size.max()), "deepest": int(found.depth.max()), "sizes": int(forest.size.sum()), "depths": int(forest.depth.sum()),
    "breadth": found.breadth_by_depth(largest), "virality": found.virality[largest]}))
"""
)
# Every library with the functions that its documentation names for the purpose, on the same forest; each must find the
# same sums.
OTHERS = (
    PARENTS
    + """
import json, sys, time
from collections import Counter
import networkx as nx, rustworkx as rx, igraph
n, bearable = int(sys.argv[1]), int(sys.argv[2])
parent = parents(n)
roots = np.flatnonzero(parent < 0).tolist()
child = np.flatnonzero(parent >= 0)
edges = list(zip(parent[child].tolist(), child.tolist()))
found = {}

def timed(call):
    begin = time.perf_counter()
    answer = call()
    return time.perf_counter() - begin, answer

def tree_of(size):  # the first tree of about that size, as positions
    top = list(range(n))
    for node in range(n):
        if parent[node] >= 0: top[node] = top[parent[node]]
    counts = Counter(top)
    whole = [root for root, count in counts.items() if count <= size]
    chosen = max(whole, key=lambda root: counts[root])
    return [node for node in range(n) if top[node] == chosen], max(counts.values())

members, largest = tree_of(bearable)
number = {node: place for place, node in enumerate(members)}
few = [(number[int(parent[node])], number[node]) for node in members if parent[node] >= 0]
pairs = (largest / len(members)) ** 2

graph = nx.DiGraph(); graph.add_nodes_from(range(n)); graph.add_edges_from(edges)
def nx_sizes():  # networkx has no function for subtree sizes: one depth-first pass per tree, with its own traversal
    sizes = dict.fromkeys(graph, 1)
    for root in roots:
        for above, below in nx.dfs_edges(graph, root): pass
        for node in nx.dfs_postorder_nodes(graph, root):
            for one in graph.pred[node]: sizes[one] += sizes[node]
    return sum(sizes.values())
def nx_size(): return [len(part) for part in nx.weakly_connected_components(graph)]
def nx_breadth(): return [[len(layer) for layer in nx.bfs_layers(graph, root)] for root in roots]
def nx_depth(): return sum(sum(nx.single_source_shortest_path_length(graph, root).values()) for root in roots)
small = nx.Graph(few)
found["networkx"] = {"size": timed(nx_size), "breadth": timed(nx_breadth), "depth": timed(nx_depth), "subtree size": timed(nx_sizes),
    "virality": timed(lambda: 2 * nx.wiener_index(small) / (len(small) * (len(small) - 1)))}
del graph

net = rx.PyDiGraph(); net.add_nodes_from(range(n)); net.add_edges_from_no_data(edges)
def rx_size(): return [len(part) for part in rx.weakly_connected_components(net)]
def rx_breadth(): return [[len(layer) for layer in rx.layers(net, [root], index_output=True)] for root in roots]
def rx_depth(): return sum(depth * len(layer) for root in roots for depth, layer in enumerate(rx.layers(net, [root], index_output=True)))
def rx_sizes():
    sizes = [1] * n
    for node in reversed(rx.topological_sort(net)):
        if parent_list[node] >= 0: sizes[parent_list[node]] += sizes[node]
    return sum(sizes)
parent_list = parent.tolist()
few_rx = rx.PyGraph(); few_rx.add_nodes_from(range(len(members))); few_rx.add_edges_from_no_data(few)
def rx_virality():
    return float(np.sum(rx.distance_matrix(few_rx))) / (len(members) * (len(members) - 1))
found["rustworkx"] = {"size": timed(rx_size), "breadth": timed(rx_breadth), "depth": timed(rx_depth), "subtree size": timed(rx_sizes),
    "virality": timed(rx_virality)}
del net, few_rx

web = igraph.Graph(n=n, edges=edges, directed=True)
def ig_size(): return web.connected_components(mode="weak").sizes()
# igraph's bfs makes lists of all n nodes at each call: from every root it would take hours. So all trees hang under one
# node more, and one pass does.
top = igraph.Graph(n=n + 1, edges=edges + [(n, root) for root in roots], directed=True)
def ig_levels():
    order, start, above = top.bfs(n, mode="out")
    depth = [0] * (n + 1)
    for level, (begin, end) in enumerate(zip(start, start[1:])):
        for node in order[begin:end]: depth[node] = level - 1
    return depth
def ig_depth_all(): return sum(ig_levels()) + 1
def ig_breadth_all():
    membership, depth = web.connected_components(mode="weak").membership, ig_levels()
    return Counter(zip(membership, depth[:n]))
def ig_sizes():
    sizes = [1] * n
    for node in web.topological_sorting(mode="in"):
        if parent_list[node] >= 0: sizes[parent_list[node]] += sizes[node]
    return sum(sizes)
few_ig = igraph.Graph(n=len(members), edges=few)
found["igraph"] = {"size": timed(ig_size), "breadth": timed(ig_breadth_all), "depth": timed(ig_depth_all), "subtree size": timed(ig_sizes),
    "virality": timed(few_ig.average_path_length)}
checks = {name: {"depths": one["depth"][1], "sizes": one["subtree size"][1], "virality": one["virality"][1]} for name, one in found.items()}
seconds = {name: {metric: took for metric, (took, _) in one.items()} for name, one in found.items()}
print(json.dumps({"seconds": seconds, "checks": checks, "bearable": len(members), "largest": largest, "pairs": pairs, "few": few}))
"""
)


def run(python: str, code: str, *arguments: str) -> Any:
    done = subprocess.run([python, "-c", code, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def graphs(nodes: int, python: str) -> dict[str, Any]:
    """Best of five of ours; each of the others once, on the same forest in the same run."""
    ours = run(sys.executable, OURS, str(nodes), "5")
    others = run(python, OTHERS, str(nodes), "4000")
    report: dict[str, Any] = {
        "nodes": nodes,
        "trees": ours["trees"],
        "largest": ours["largest"],
        "ours, all metrics, s": round(ours["seconds"], 3),
    }
    small = _virality(others["few"])
    for name, took in others["seconds"].items():
        checks = others["checks"][name]
        if (checks["depths"], checks["sizes"]) != (ours["depths"], ours["sizes"]) or abs(
            checks["virality"] - small
        ) > 1e-9:
            raise SystemExit(f"{name} finds other numbers: {checks}, not {ours}, {small}")
        without = sum(seconds for metric, seconds in took.items() if metric != "virality")
        whole = without + took["virality"] * others["pairs"]
        report[name] = {metric: round(seconds, 3) for metric, seconds in took.items()} | {
            f"virality is of {others['bearable']} nodes; of the largest tree, reckoned, s": round(
                took["virality"] * others["pairs"], 1
            ),
            "× ours, all but virality": round(without / ours["seconds"], 1),
            "× ours, virality of the largest tree reckoned": round(whole / ours["seconds"], 1),
            "slowest metric beside all of ours ×": round(
                max(s for m, s in took.items() if m != "virality") / ours["seconds"], 1
            ),
            "quickest metric beside all of ours ×": round(
                min(s for m, s in took.items() if m != "virality") / ours["seconds"], 2
            ),
        }
    return report | {"load average": os.getloadavg()[0]}


def _virality(edges: list[tuple[int, int]]) -> float:
    from referrals.propagation.domain.metrics import measure  # noqa: PLC0415  the path is set by then
    from referrals.tree.domain.forests import grow  # noqa: PLC0415  the path is set by then

    parent = np.full(len(edges) + 1, -1, dtype=np.int64)
    for above, below in edges:
        parent[below] = above
    return float(measure(grow(parent)).virality[0] or 0)


def memory(nodes: int) -> dict[str, Any]:
    found = run(sys.executable, OURS, str(nodes), "1")
    keep = {name: round(found[name], 2) for name in ("seconds", "before MB", "peak MB")}
    return (
        {"nodes": nodes}
        | keep
        | {"trees": found["trees"], "deepest": found["deepest"], "load average": os.getloadavg()[0]}
    )


MEMBERS = """
import django; django.setup()
import json, sys
import numpy as np
from datetime import UTC, datetime, timedelta
from django.db import connection
from accounts.models import Brand, Koc, Tier, User
from foundation.postgres.bulk import copy_in, refresh_statistics
from content.models import Kit
from referrals.models import Share, Sponsorship, PendingAggregate, Visit
from referrals.tree.services.positions import KOC_COLUMNS
from referrals.propagation.domain.metrics import grow
n = int(sys.argv[1])
start = datetime(2026, 1, 1, tzinfo=UTC)
brand = Brand.objects.create(slug="lumi", name="Lumi", currency="CNY", landing_url="https://shop.example/{sku}", created_at=start)
tier = Tier.objects.create(brand=brand, key="seed", name="S", rank=0, multiplier_bps=10000)
kit = Kit.objects.create(brand=brand, key="spring", title="28 days", created_at=start)
forest = grow(parents(n))
parent, root, depth = (column.tolist() for column in (forest.parent, forest.root, forest.depth))
copy_in(Koc, KOC_COLUMNS, ((k + 1, brand.pk, None, f"k{k}", f"K{k}", "active", tier.pk, False, f"i{k}", "{}", start, start) for k in range(n)))
copy_in(Sponsorship, ["koc_id", "brand_id", "sponsor_id", "root_id", "depth"],
    ((k + 1, brand.pk, parent[k] + 1 if parent[k] >= 0 else None, root[k] + 1, depth[k]) for k in range(n)))
copy_in(Share, ["id", "brand_id", "koc_id", "kit_id", "channel", "parent_id", "root_id", "depth", "code", "shared_at"],
    ((k + 1, brand.pk, k + 1, kit.pk, "moments", parent[k] + 1 if parent[k] >= 0 else None, root[k] + 1 if parent[k] >= 0 else None, depth[k], f"s{k}",
      start + timedelta(seconds=k)) for k in range(n)))
copy_in(Visit, ["share_id", "visitor", "visited_at", "uncounted"], ((k + 1, f"v{k * 7919 % (n // 2)}", start + timedelta(days=20), "") for k in range(n)))
with connection.cursor() as cursor:
    cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_koc', 'id'), %s), setval(pg_get_serial_sequence('referrals_share', 'id'), %s)", [n, n])
refresh_statistics(Koc, Sponsorship, Share, Visit, PendingAggregate)
connection.close()
connection.ensure_connection()
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE")
size = forest.size
ten = int(np.abs(size - 10_001).argmin())
print(json.dumps({"deepest": int(depth.index(max(depth))) + 1, "ten": ten + 1, "team": int(size[ten]) - 1, "tops": (np.argsort(-size)[:50] + 1).tolist()}))
"""
TIMED = """
import django; django.setup()
import json, statistics, sys, threading, time
from datetime import UTC, datetime
import psycopg
from django.db import connection, connections
from accounts.models import Brand, Koc, User
rounds, asked = int(sys.argv[1]), json.loads(sys.argv[2])
NOW = datetime(2026, 2, 1, tzinfo=UTC)
brand = Brand.objects.get()

def best(*calls):
    "the best of some rounds of each, the rounds alternating"
    took = [[] for _ in calls]
    for _ in range(rounds):
        for place, call in enumerate(calls):
            begin = time.perf_counter(); call(); took[place].append(time.perf_counter() - begin)
    return [min(times) for times in took]

def rows(query, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else None
"""
LOADING = """
from referrals.propagation.selectors.forests import kocs_of, shares_of
from referrals.propagation.domain.metrics import grow, measure, parent_positions
from referrals.propagation.selectors.arrays import whole_numbers
import numpy as np
def bare():
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT koc_id, sponsor_id FROM referrals_sponsorship) TO STDOUT (FORMAT BINARY)") as copy:
        for block in copy: pass
def fetched(): rows("SELECT koc_id, sponsor_id FROM referrals_sponsorship")
def arrays(): whole_numbers("SELECT koc_id, COALESCE(sponsor_id, 0) FROM referrals_sponsorship", [], 2)
def whole():
    ids, above = whole_numbers("SELECT koc_id, COALESCE(sponsor_id, 0) FROM referrals_sponsorship", [], 2)
    measure(grow(parent_positions(ids, above)))
def as_used(): kocs_of(brand)
names = ["bare COPY", "bare SELECT with fetchall", "into arrays", "into arrays and every metric", "kocs_of: with joining times and standing, every metric"]
took = best(bare, fetched, arrays, whole, as_used)
print(json.dumps(dict(zip(names, took))))
"""
AS_USED = "kocs_of: with joining times and standing, every metric"
WALKS = """
from referrals.tree.services.positions import lock_sponsors
from referrals.shares.selectors import layers_below, people_below
from django.db import transaction
ABOVE = ("WITH RECURSIVE up AS (SELECT koc_id, sponsor_id FROM referrals_sponsorship WHERE koc_id = %s UNION ALL SELECT p.koc_id, p.sponsor_id FROM up "
    "JOIN referrals_sponsorship p ON p.koc_id = up.sponsor_id) SELECT koc_id FROM up")
BELOW = ("WITH RECURSIVE down AS (SELECT koc_id, 1 AS depth FROM referrals_sponsorship WHERE sponsor_id = %s "
    "UNION ALL SELECT p.koc_id, down.depth + 1 FROM down JOIN referrals_sponsorship p ON p.sponsor_id = down.koc_id) "
    "SELECT depth, count(*) FROM down GROUP BY depth ORDER BY depth")
from referrals.tree.services.positions import ABOVE as OURS_ABOVE
deep, ten = asked["deepest"], Koc.objects.get(pk=asked["ten"])
def raw_above():
    for _ in range(200): rows(ABOVE, [deep])
def our_above():
    for _ in range(200): rows(OURS_ABOVE, [deep])
def locked_above():
    for _ in range(200):
        with transaction.atomic(): lock_sponsors(Koc(pk=deep))
def raw_below():
    for top in [ten.pk, *asked["tops"][:5]]: rows(BELOW, [top])
def our_below():
    for top in [ten.pk, *asked["tops"][:5]]: people_below(Koc(pk=top))
def active_below():
    for top in [ten.pk, *asked["tops"][:5]]: layers_below(Koc(pk=top), at=NOW)
from referrals.propagation.selectors.forests import shares_below
from referrals.propagation.selectors.aggregates import aggregated_propagation
from referrals.propagation.selectors.propagation import share_propagation
from referrals.models import Share, Cascade
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation, rebuild_propagation
def block(): layers_below(ten, at=NOW)
above, ours, locked, below, our, active = best(raw_above, our_above, locked_above, raw_below, our_below, active_below)
[block_s] = best(block)
begin = time.perf_counter(); aggregate_spread(brand=brand); fold_s = time.perf_counter() - begin
print("folded in", fold_s, file=sys.stderr, flush=True)
rows("VACUUM ANALYZE")
begin = time.perf_counter(); proved = check_propagation(brand=brand); check_s = time.perf_counter() - begin
begin = time.perf_counter(); rebuild_propagation(brand=brand); rebuild_s = time.perf_counter() - begin
rows("VACUUM ANALYZE")
largest = Share.objects.get(pk=Cascade.objects.order_by("-shares").first().root_id)
middle = Cascade.objects.filter(shares__lte=10_500).order_by("-shares").first()
middle_share = Share.objects.get(pk=middle.root_id)
folded, measured, big_folded, big_measured = best(lambda: aggregated_propagation(middle_share), lambda: share_propagation(middle_share),
    lambda: aggregated_propagation(largest), lambda: share_propagation(largest))
from referrals.propagation.selectors.aggregates import aggregated_cascades
from referrals.propagation.selectors.propagation import share_cascades
rounds = 1
brand_folded, brand_measured = best(lambda: aggregated_cascades(brand), lambda: share_cascades(brand))
print(json.dumps({"ancestors, raw": above, "ancestors, ours": ours, "ancestors, locked": locked, "subtrees, raw": below,
    "subtrees, ours": our, "subtrees, ours with activity": active,
    "block of the KOC": block_s, "fold all": fold_s, "check": check_s, "rebuild": rebuild_s, "differences": len(proved.differences),
    "middle n": middle.shares, "propagation, folded": folded, "propagation, measured": measured,
    "largest n": Cascade.objects.order_by("-shares").first().shares, "largest, folded": big_folded,
    "largest, measured": big_measured,
    "all cascades, folded": brand_folded, "all cascades, measured": brand_measured}))
"""
JOINING = """
from referrals.tree.services.joining import join_brand
from referrals.models import Sponsorship
each, hands = 150, 8
sponsor = Koc.objects.get(pk=asked["ten"])
tier = brand.tiers.get()
def users(tag): return [[User.objects.create_user(f"+86{tag}{hand:02}{k:06}") for k in range(each)] for hand in range(hands)]
def crowd(people, join):
    gate = threading.Barrier(hands + 1)
    errors = []
    def hand(mine):
        try:
            connection.ensure_connection(); gate.wait()
            for user in mine: join(user)
        except Exception as error: errors.append(repr(error))
        finally: connections.close_all()
    threads = [threading.Thread(target=hand, args=(mine,)) for mine in people]
    for thread in threads: thread.start()
    gate.wait(); begin = time.perf_counter()
    for thread in threads: thread.join()
    if errors: raise SystemExit(errors[0])
    return time.perf_counter() - begin
from django.db import transaction
place = Sponsorship.objects.get(koc=sponsor)
def bare(user):  # the rows alone, with plain inserts
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO accounts_koc (brand_id, user_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at, "
                "approved_at) VALUES (%s, %s, %s, %s, 'active', %s, false, %s, '{}', %s, %s) RETURNING id",
                [brand.pk, user.pk, f"u{user.pk}", "N", tier.pk, f"u{user.pk}", NOW, NOW])
            koc = cursor.fetchone()[0]
            cursor.execute("INSERT INTO referrals_sponsorship (koc_id, brand_id, sponsor_id, root_id, depth) VALUES (%s, %s, %s, %s, %s)",
                [koc, brand.pk, sponsor.pk, place.root_id, place.depth + 1])
def plain(user):  # the same with the ORM, without a question asked
    with transaction.atomic():
        koc = Koc.objects.create(brand=brand, user=user, key=f"u{user.pk}", name="N", status="active", tier=tier, invite_code=f"u{user.pk}", answers={},
            joined_at=NOW, approved_at=NOW)
        Sponsorship.objects.create(koc=koc, brand=brand, sponsor=sponsor, root_id=place.root_id, depth=place.depth + 1)
def ours(user): join_brand(user=user, brand=brand, invite_code=sponsor.invite_code, answers={}, at=NOW)
took = {"bare": [], "plain": [], "ours": []}
for turn in range(rounds):
    for number, (name, join) in enumerate((("bare", bare), ("plain", plain), ("ours", ours))):
        took[name].append(crowd(users(f"1{turn}{number}"), join))
print(json.dumps({name: [each * hands / seconds for seconds in times] for name, times in took.items()}))
"""


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
