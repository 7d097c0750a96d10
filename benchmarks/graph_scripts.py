"""Scripts that `propagation.py` runs in processes of their own: a forest, our metrics, and those of other libraries."""

# `forest`: KOCs, the latest joiners under anybody: depth grows as log n; one in fifty begins a tree of its own.
# `one tree`: the same with one root. `cascades`: trees of at most 1,000 shares, most of them small, as real ones are.
PARENTS = """
import numpy as np
def parents(n, shape="forest", seed=7):
    chance = np.random.default_rng(seed)
    root = np.zeros(n, dtype=np.int64)
    if shape == "cascades":
        sizes = np.minimum(1000, 1 + chance.pareto(1.0, n)).astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        starts = starts[starts < n]
        root = np.repeat(starts, np.diff(np.append(starts, n)))
    place = np.arange(n)
    above = root + (chance.random(n) * (place - root)).astype(np.int64)
    if shape == "forest": above[chance.random(n) < 0.02] = -1
    above[root == place] = -1
    return above
"""
OURS = (
    PARENTS
    + """
import json, resource, sys, time
sys.path.insert(0, ".")
from referrals.propagation.domain.metrics import measure
from referrals.tree.domain.forests import grow
n = int(sys.argv[1])
parent = parents(n, sys.argv[3])
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
parent = parents(n, sys.argv[3])
roots = np.flatnonzero(parent < 0).tolist()
child = np.flatnonzero(parent >= 0)
edges = list(zip(parent[child].tolist(), child.tolist()))
found = {}

def timed(call):
    begin = time.perf_counter()
    answer = call()
    return time.perf_counter() - begin, answer

# Virality takes them a walk from every node, so it is timed on one tree; what the forest's would take goes by its pairs.
few = list(zip(parents(bearable, "one tree")[1:].tolist(), range(1, bearable)))
top = list(range(n))
for node, above in enumerate(parent.tolist()):
    if above >= 0: top[node] = top[above]
pairs = sum(size * size for size in Counter(top).values()) / bearable**2

def nx_build():
    graph = nx.DiGraph(); graph.add_nodes_from(range(n)); graph.add_edges_from(edges)
    return graph
building, graph = timed(nx_build)
def nx_sizes():  # networkx has no function for subtree sizes: one depth-first pass per tree, with its own traversal
    sizes = dict.fromkeys(graph, 1)
    for root in roots:
        for node in nx.dfs_postorder_nodes(graph, root):
            for one in graph.pred[node]: sizes[one] += sizes[node]
    return sum(sizes.values())
def nx_layers(): return [[len(layer) for layer in nx.bfs_layers(graph, root)] for root in roots]
small = nx.Graph(few)
found["networkx"] = {"building": (building, None), "layers": timed(nx_layers), "subtree size": timed(nx_sizes),
    "virality": timed(lambda: 2 * nx.wiener_index(small) / (len(small) * (len(small) - 1)))}
del graph

def rx_build():
    net = rx.PyDiGraph(); net.add_nodes_from(range(n)); net.add_edges_from_no_data(edges)
    return net
building, net = timed(rx_build)
def rx_layers(): return [[len(layer) for layer in rx.layers(net, [root], index_output=True)] for root in roots]
def rx_sizes():
    sizes = [1] * n
    for node in reversed(rx.topological_sort(net)):
        if parent_list[node] >= 0: sizes[parent_list[node]] += sizes[node]
    return sum(sizes)
parent_list = parent.tolist()
few_rx = rx.PyGraph(); few_rx.add_nodes_from(range(bearable)); few_rx.add_edges_from_no_data(few)
def rx_virality():
    return float(np.sum(rx.distance_matrix(few_rx))) / (bearable * (bearable - 1))
found["rustworkx"] = {"building": (building, None), "layers": timed(rx_layers), "subtree size": timed(rx_sizes),
    "virality": timed(rx_virality)}
del net, few_rx

# igraph's bfs makes lists of all n nodes at each call: from every root it would take hours. So all trees hang under one
# node more, and one pass does.
building, web = timed(lambda: igraph.Graph(n=n + 1, edges=edges + [(n, root) for root in roots], directed=True))
def ig_layers():
    order, start, above = web.bfs(n, mode="out")
    layers = {root: [] for root in roots}
    top = list(range(n + 1))
    for begin, end in zip(start[1:], start[2:]):
        for node in order[begin:end]:
            if above[node] != n: top[node] = top[above[node]]
        for root, breadth in Counter([top[node] for node in order[begin:end]]).items(): layers[root].append(breadth)
    return [layers[root] for root in roots]
def ig_sizes():
    sizes = [1] * n
    for node in web.topological_sorting(mode="in"):
        if node < n and parent_list[node] >= 0: sizes[parent_list[node]] += sizes[node]
    return sum(sizes)
few_ig = igraph.Graph(n=bearable, edges=few)
found["igraph"] = {"building": (building, None), "layers": timed(ig_layers), "subtree size": timed(ig_sizes),
    "virality": timed(few_ig.average_path_length)}
checks = {name: {"depths": sum(depth * breadth for layers in one["layers"][1] for depth, breadth in enumerate(layers)),
    "sizes": one["subtree size"][1], "virality": one["virality"][1]} for name, one in found.items()}
seconds = {name: {metric: took for metric, (took, _) in one.items()} for name, one in found.items()}
print(json.dumps({"seconds": seconds, "checks": checks, "pairs": pairs, "few": few}))
"""
)
