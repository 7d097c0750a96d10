"""The next KOCs to ask to share: those whose past cascades together cover most people."""

import heapq
from collections.abc import Hashable, Mapping, Set
from typing import Any, NamedTuple, TypeVar

Koc = TypeVar("Koc", bound=Hashable)


class Seed(NamedTuple):
    """A chosen KOC: how many people they add to those before, and how many all chosen so far cover."""

    koc: Any
    adds: int
    covered: int


def choose_seeds(covers: Mapping[Koc, Set[Any]], k: int) -> list[Seed]:
    """At most k KOCs, each the one who adds most people to those chosen before; ties by id, and a KOC who adds nobody
    is left out.

    Greedy maximum coverage reaches at least 1 − 1/e of the best (Nemhauser, Wolsey, Fisher, Mathematical Programming
    14, 1978), and is not optimal. What a KOC adds can only shrink, so an old value bounds the new one, and few are
    computed again (Minoux, Optimization Techniques, 1978)."""
    covered: set[Any] = set()
    waiting = [(-len(people), koc, 0) for koc, people in covers.items()]
    heapq.heapify(waiting)
    seeds: list[Seed] = []
    while waiting and len(seeds) < k:
        adds, koc, computed = heapq.heappop(waiting)
        if computed < len(seeds):
            heapq.heappush(waiting, (-len(covers[koc] - covered), koc, len(seeds)))
        elif adds == 0:
            break
        else:
            covered |= covers[koc]
            seeds.append(Seed(koc, -adds, len(covered)))
    return seeds
