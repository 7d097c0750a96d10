"""What is wrong with a forest, each by its own name. Nothing is measured on a bad one."""

from collections.abc import Iterable, Sequence
from typing import Any

from foundation.files.faults import Refusal


class BadForest(Refusal, code="bad_forest"):
    """These nodes do not hang together as trees."""

    what = "not a forest"

    def __init_subclass__(cls, *, what: str) -> None:
        super().__init_subclass__()
        cls.what = what

    def __init__(self, nodes: Iterable[Any]) -> None:
        self.nodes: Sequence[Any] = list(nodes)
        super().__init__(self.nodes)

    def __str__(self) -> str:
        shown = ", ".join(str(node) for node in self.nodes[:20])
        more = len(self.nodes) - 20
        return f"{self.what}: {shown}" + (f" … and {more} more" if more > 0 else "")


class MissingParent(BadForest, what="the parent does not exist"): ...


class TwoParents(BadForest, what="stands twice"): ...


class Cycle(BadForest, what="is its own ancestor"): ...


class EarlierThanParent(BadForest, what="is earlier than its parent"): ...


class ParentOfAnotherBrand(BadForest, what="the parent is of another brand"): ...


class NotOneCascade(BadForest, what="one cascade has one root, these have none or are several"): ...
