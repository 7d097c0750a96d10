"""One cascade as a networkx graph: the same metrics by networkx's own names, and the object that pictures are drawn
from."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx

from referrals.propagation.domain import curves
from referrals.tree.domain.faults import (
    Cycle,
    EarlierThanParent,
    MissingParent,
    NotOneCascade,
    ParentOfAnotherBrand,
    TwoParents,
)

if TYPE_CHECKING:
    Graph: TypeAlias = nx.DiGraph[Any]
else:
    Graph: TypeAlias = nx.DiGraph


@dataclass(frozen=True, slots=True)
class TreeEdge:
    """One node and its parent; `person` is whose node it is. Unknown fields are None and not checked."""

    node: Hashable
    parent: Hashable | None = None
    at: datetime | None = None
    person: Hashable | None = None
    brand: Hashable | None = None


def cascade_graph(links: Iterable[TreeEdge]) -> Graph:
    """The forest of these links: edges from parent to child; every node carries its `root`, `depth`, `size` (of its
    subtree), `at`, `person` and `brand`.

    The order of the links does not matter. Raises TwoParents, MissingParent, Cycle, EarlierThanParent,
    ParentOfAnotherBrand, with all such nodes."""
    links = list(links)
    graph: Graph = nx.DiGraph()
    for link in links:
        graph.add_node(link.node, at=link.at, person=link.person, brand=link.brand)
    _check(graph, links)
    graph.add_edges_from((link.parent, link.node) for link in links if link.parent is not None)
    if not nx.is_directed_acyclic_graph(graph):
        raise Cycle([node for circle in nx.simple_cycles(graph) for node in circle])
    _annotate(graph)
    return graph


def _check(graph: Graph, links: list[TreeEdge]) -> None:
    counts = Counter(link.node for link in links)
    children = [link for link in links if link.parent is not None]
    if repeated := [node for node, count in counts.items() if count > 1]:
        raise TwoParents(repeated)
    if missing := [link.node for link in children if link.parent not in graph]:
        raise MissingParent(missing)
    if foreign := [link.node for link in children if graph.nodes[link.parent]["brand"] != link.brand]:
        raise ParentOfAnotherBrand(foreign)
    if early := [
        link.node for link in children if link.at and (before := graph.nodes[link.parent]["at"]) and link.at < before
    ]:
        raise EarlierThanParent(early)


def _annotate(graph: Graph) -> None:
    order = list(nx.topological_sort(graph))
    for node in order:
        above = next(iter(graph.predecessors(node)), None)
        graph.nodes[node]["root"] = node if above is None else graph.nodes[above]["root"]
        graph.nodes[node]["depth"] = 0 if above is None else graph.nodes[above]["depth"] + 1
    for node in reversed(order):
        graph.nodes[node]["size"] = 1 + sum(graph.nodes[child]["size"] for child in graph.successors(node))


def root_of(cascade: Graph) -> Any:
    """The one node without a parent. Raises NotOneCascade when there are none or several."""
    roots = [node for node, degree in cascade.in_degree() if degree == 0]
    if len(roots) != 1:
        raise NotOneCascade(roots)
    return roots[0]


def people(cascade: Graph) -> int:
    """Distinct people in the cascade."""
    return len({person for _, person in cascade.nodes(data="person")})


def breadth_by_depth(cascade: Graph) -> list[int]:
    """N_0, N_1, …: how many nodes there are at each depth."""
    return [len(layer) for layer in nx.bfs_layers(cascade, root_of(cascade))]


def depth(cascade: Graph) -> int:
    """The greatest number of edges from the root."""
    return len(breadth_by_depth(cascade)) - 1


def max_breadth(cascade: Graph) -> int:
    return max(breadth_by_depth(cascade))


def structural_virality(cascade: Graph) -> float | None:
    """The mean distance between two nodes, in linear time; `networkx.wiener_index` needs quadratic time."""
    root_of(cascade)
    n = len(cascade)
    sizes = [cascade.nodes[node]["size"] for node in cascade]
    return curves.structural_virality(n, sum(size * (n - size) for size in sizes))


def time_to_depth(cascade: Graph) -> list[float]:
    """Seconds from the root to the first node of each depth."""
    layers = [[cascade.nodes[node]["at"] for node in layer] for layer in nx.bfs_layers(cascade, root_of(cascade))]
    began = layers[0][0]
    return [(min(layer) - began).total_seconds() for layer in layers]
