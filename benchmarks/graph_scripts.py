"""Scripts that `propagation.py` runs in processes of their own: a forest, our metrics, and those of other libraries."""

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
from referrals.propagation.domain.metrics import measure
from referrals.tree.domain.forests import grow
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
