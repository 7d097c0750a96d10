"""A tree of amounts as an icicle: every node a bar as wide as its amount, under the part of its parent's bar that it
came from."""

from collections.abc import Iterable
from typing import NamedTuple


class IcicleBar(NamedTuple):
    """Where a node's bar begins and how wide it is, in the unit of the amounts, and its row."""

    start: int
    width: int
    row: int


def icicle(nodes: Iterable[tuple[int, int | None, int, int]]) -> dict[int, IcicleBar]:
    """The bar of each node by its id. Nodes are (id, parent's id, amount, the part of it that the node keeps), a parent
    before its children.

    Children are side by side in the given order, after the part that their parent keeps; the rest of a parent's bar was
    handed to nobody."""
    bars: dict[int, IcicleBar] = {}
    free: dict[int, int] = {}
    for pk, parent, amount, kept in nodes:
        start, row = (0, 0) if parent is None else (free[parent], bars[parent].row + 1)
        if parent is not None:
            free[parent] += amount
        bars[pk] = IcicleBar(start, amount, row)
        free[pk] = start + kept
    return bars
