"""Forests as files that other tools read: GraphML and CSV, nodes named by the brand's keys."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

import networkx as nx
import numpy as np

from accounts.people.models import Koc
from foundation.files.exported_cells import harmless
from foundation.files.faults import Refusal
from referrals.propagation.selectors.forests import ReadForest
from referrals.shares.models import Share

GRAPHML_MOST = 200_000  # what a dict of dicts and an XML tree hold in a few hundred MB
AT_ONCE = 10_000
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


COLUMNS = ("id", "parent", "koc", "at", "depth", "size", "visits", "kit", "channel")


class NamedNode(NamedTuple):
    """`kit` and `channel` are empty for a KOC; `size` counts the node and everything under it."""

    id: str
    parent: str
    koc: str
    at: str
    depth: int
    size: int
    visits: int
    kit: str
    channel: str


def named_nodes(read: ReadForest, graph: str) -> Iterator[NamedNode]:
    """Every node, parents before children, by the key of the import or the code of the share; a page of names at a
    time."""
    names = _names(read, graph)
    nodes, _, times = read.visits
    visits = np.bincount(nodes, weights=times, minlength=len(read.ids)).astype(np.int64)
    for place in np.lexsort((read.at, read.forest.depth)).tolist():
        own, koc, kit, channel = names[int(read.ids[place])]
        above = int(read.parent[place])
        yield NamedNode(
            own,
            names[int(read.ids[above])][0] if above >= 0 else "",
            koc,
            datetime.fromtimestamp(int(read.at[place]) / 1_000_000, tz=UTC).isoformat(),
            int(read.forest.depth[place]),
            int(read.forest.size[place]),
            int(visits[place]),
            kit,
            channel,
        )


def _names(read: ReadForest, graph: str) -> dict[int, tuple[str, str, str, str]]:
    """node → its own name, its KOC's key, its kit and channel."""
    names: dict[int, tuple[str, str, str, str]] = {}
    for start in range(0, len(read.ids), AT_ONCE):
        ids = read.ids[start : start + AT_ONCE].tolist()
        if graph == "referrals":
            names |= {pk: (key, key, "", "") for pk, key in Koc.objects.filter(pk__in=ids).values_list("pk", "key")}
        else:
            rows = Share.objects.filter(pk__in=ids).values_list("pk", "key", "code", "koc__key", "kit__key", "channel")
            names |= {pk: (key or code, koc, kit, channel) for pk, key, code, koc, kit, channel in rows}
    return names


def write_csv(read: ReadForest, graph: str, file: IO[str]) -> None:
    """One row per node; text that a spreadsheet would run is made harmless."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for node in named_nodes(read, graph):
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in node])


def write_graphml(read: ReadForest, graph: str, file: IO[str]) -> None:
    """A directed graph, from parent to child, with what is known of each node. Raises Refusal for one that is too
    large."""
    if len(read.ids) > GRAPHML_MOST:
        raise Refusal(f"{len(read.ids):,} nodes are more than GraphML is good for ({GRAPHML_MOST:,}): take CSV")
    drawn: nx.DiGraph[Any] = nx.DiGraph()
    for node in named_nodes(read, graph):
        own, parent, *attributes = (NOT_XML.sub("�", value) if isinstance(value, str) else value for value in node)
        drawn.add_node(own, **dict(zip(COLUMNS[2:], attributes, strict=True)))
        if parent:
            drawn.add_edge(parent, own)
    file.writelines(f"{line}\n" for line in nx.generate_graphml(drawn))
