"""A picture of cascades: the largest as radial trees, coloured by depth and sized by reach, beside how wide all of them
are at each depth."""

import math
from collections.abc import Sequence
from typing import Any

import networkx as nx
from django.utils.translation import gettext as _
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foundation.pictures.figures import FAINT, INK, RUST, titled_figure
from referrals.propagation.domain.graphs import Graph, root_of

Point = tuple[float, float]
MANY_DEPTHS = 100  # more are drawn as lines: thousands of bars take a minute


def radial_layout(cascade: Graph) -> dict[Any, Point]:
    """The root in the middle, the deeper the farther; every subtree gets a slice of the circle as wide as its leaves
    are many.

    Rings come closer outwards, so that one long chain does not shrink everything else to a dot.
    """
    root = root_of(cascade)
    leaves: dict[Any, int] = {}
    for node in nx.dfs_postorder_nodes(cascade, root):
        leaves[node] = sum(leaves[child] for child in cascade.successors(node)) or 1
    places: dict[Any, Point] = {}
    begins = {root: 0.0}
    for node in nx.bfs_tree(cascade, root):
        begin, radius = begins[node], cascade.nodes[node]["depth"] ** 0.75
        angle = begin + math.pi * leaves[node] / leaves[root]
        places[node] = radius * math.cos(angle), radius * math.sin(angle)
        for child in cascade.successors(node):
            begins[child] = begin
            begin += 2 * math.pi * leaves[child] / leaves[root]
    return places


def cascade_picture(cascades: Sequence[Graph], breadth_by_depth: Sequence[int], *, title: str) -> Figure:
    """The figure: one panel per cascade on the left, the breadth of everything measured on the right. Titles always say
    n.

    `cascade.graph` may hold `size` (the drawn nodes may be fewer), `depth` and `virality`; a node may hold its `reach`.
    """
    figure = titled_figure(title, width=14, height=7.5)
    grid = figure.add_gridspec(1, 2, width_ratios=[1.75, 1])
    left, right = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    deepest = max([1, *(cascade.graph.get("depth", 0) for cascade in cascades)])
    columns = math.ceil(math.sqrt(len(cascades))) if len(cascades) != 2 else 2
    rows = math.ceil(len(cascades) / columns) if cascades else 1
    for cell in range(len(cascades)):
        _draw_tree(left.add_subplot(rows, columns, cell + 1), cascades[cell], deepest)
    if not cascades:
        nothing_yet(left.add_subplot(1, 1, 1))
    if breadth_by_depth:
        _draw_breadth(right.add_subplot(1, 1, 1), breadth_by_depth, deepest)
    return figure


def nothing_yet(axes: Axes) -> None:
    axes.text(0.5, 0.5, _("nothing was shared yet"), ha="center", transform=axes.transAxes, color=FAINT)
    axes.set_axis_off()


def by_depth(axes: Axes, depths: int) -> None:
    """Whole depths along the bottom, a few at least, so that a single bar is no wall."""
    axes.set_xlabel(_("depth"))
    axes.set_xlim(-0.6, max(depths, 4) - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def _colour(depth: int, deepest: int) -> Any:
    return colormaps["viridis"](0.3 + 0.6 * depth / deepest)


def node_sizes(cascade: Graph, dot: float) -> list[float]:
    """The area of each node: by the people who opened it (`reach`), where that is known, so that the node that reached
    most is conspicuous and none vanishes.

    From half a dot on. The largest is larger the more of all people it reached, so that thousands of nodes of like
    reach do not cover each other. The root is a little larger, whatever it reached."""
    reach = [max(0, cascade.nodes[node].get("reach", 0)) for node in cascade]
    most = max([0, *reach])
    largest = min(max(3.5 * dot, 60), 9_000 * most / max(sum(reach), 1))
    sizes = [0.5 * dot + largest * people / most if most else dot for people in reach]
    return [size + 30 if cascade.nodes[node]["depth"] == 0 else size for size, node in zip(sizes, cascade, strict=True)]


def _draw_tree(axes: Axes, cascade: Graph, deepest: int) -> None:
    places = radial_layout(cascade)
    depths = [cascade.nodes[node]["depth"] for node in cascade]
    count = len(cascade)
    dot = min(140.0, max(7.0, 4500 / count))
    fade = 0.75 if count <= 300 else 0.4  # the nodes carry the colour
    edges = nx.draw_networkx_edges(
        cascade, places, ax=axes, arrows=False, width=min(1.2, max(0.25, 60 / count)), edge_color=FAINT, alpha=fade
    )
    nodes = nx.draw_networkx_nodes(
        cascade,
        places,
        ax=axes,
        node_size=node_sizes(cascade, dot),
        node_color=[_colour(depth, deepest) for depth in depths],
        linewidths=[1.5 if depth == 0 else 0.0 if count > 300 else 0.6 for depth in depths],
        edgecolors=[RUST if depth == 0 else "white" for depth in depths],
    )
    for layer, artist in enumerate((edges, nodes)):
        if artist:
            artist.set_zorder(layer + 1)
    size, virality = cascade.graph.get("size", count), cascade.graph.get("virality")
    facts = [
        f"n = {size:,}",
        _("depth %(depth)s") % {"depth": f"{cascade.graph.get('depth', max(depths)):,}"},
        _("virality %(virality)s") % {"virality": "–" if virality is None else f"{virality:.2f}"},
    ]
    axes.set_title(
        " · ".join(facts) + ("\n" + _("first %(count)s drawn") % {"count": f"{count:,}"} if count < size else ""),
        fontsize=10,
        color=INK,
    )
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
    axes.set_axis_off()


def _draw_breadth(axes: Axes, breadth_by_depth: Sequence[int], deepest: int) -> None:
    depths = range(len(breadth_by_depth))
    colours = [_colour(min(depth, deepest), deepest) for depth in depths]
    if len(depths) > MANY_DEPTHS:
        axes.vlines(depths, 0, breadth_by_depth, colors=colours)
    else:
        bars = axes.bar(depths, breadth_by_depth, color=colours, width=0.75)
    if len(depths) <= 12:
        axes.bar_label(bars, [f"{count:,}" for count in breadth_by_depth], fontsize=8, padding=2, color=INK)
    if max(breadth_by_depth) > 100 * min(breadth_by_depth):
        axes.set_yscale("log")
    if len(breadth_by_depth) > 1:
        axes.axhline(breadth_by_depth[1] / 10, color=RUST, linewidth=1, linestyle="--", label=_("a tenth of depth 1"))
        axes.legend(frameon=False, fontsize=9, loc="upper right")
    axes.set_title(
        _("breadth by depth, all cascades, n = %(n)s") % {"n": f"{sum(breadth_by_depth):,}"}, fontsize=10, color=INK
    )
    axes.set_ylabel(_("shares"))
    by_depth(axes, len(depths))
    if axes.get_yscale() == "linear":
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
