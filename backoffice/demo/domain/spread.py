"""How kits travel: shares of people's own accord, shares of what they saw, and visits."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from backoffice.demo.domain.people import CHANNELS, Person
from backoffice.demo.domain.rhythm import HalfYear, awake, how_many, liveliness, within

LARGEST, DEEPEST = 60, 7
PASSES_ON = {"brought": 0.38, "friend": 0.15, "sponsor": 0.08}  # how likely one who saw a share passes it on
DECAY_PER_DEPTH = 0.78  # … and how much less with every step from the root
VISITS_BY_CHANNEL = {"moments": 1.0, "community": 1.25, "xiaohongshu": 1.1, "douyin": 0.9, "any": 0.6}
VISIT_DELAY_HOURS = {"moments": 7, "community": 4, "xiaohongshu": 70, "douyin": 30, "any": 12}


class SimulatedShare(NamedTuple):
    """One share. `parent` is the number of the share that the KOC saw, `root` that of the cascade's first."""

    number: int
    person: int
    kit: str
    channel: str
    parent: int | None
    root: int
    depth: int
    shared_at: datetime

    @property
    def key(self) -> str:
        return key_of(self.number)


class Visited(NamedTuple):
    """Somebody opened a share."""

    share: int
    visitor: str
    visited_at: datetime


def key_of(share: int) -> str:
    return f"S{share + 1:05}"


@dataclass(order=True, slots=True)
class _Tap:
    """A share to come; the heap gives the earliest."""

    at: datetime
    turn: int
    person: int
    kit: str
    parent: SimulatedShare | None = None


class CascadeSimulation:
    """Shares as they happen, the earliest first, so that a parent always comes before its children."""

    def __init__(self, rng: Random, half_year: HalfYear, people: Sequence[Person], kits: Sequence[str]) -> None:
        self.rng, self.half_year, self.people = rng, half_year, people
        self.kits = list(kits)
        self.pull = {kit: rng.lognormvariate(-0.1, 0.45) for kit in kits}  # some kits travel, most do not
        self.known_by = _known_by(people)
        self.shares: list[SimulatedShare] = []
        self._taps: list[_Tap] = []
        self._in_cascade: dict[int, set[int]] = {}
        self._spark: dict[int, float] = {}

    def run(self) -> list[SimulatedShare]:
        self._begin()
        while self._taps:
            tap = heapq.heappop(self._taps)
            parent = tap.parent
            if parent and (
                len(self._in_cascade[parent.root]) >= LARGEST or tap.person in self._in_cascade[parent.root]
            ):
                continue
            self._share(tap)
        return self.shares

    def _begin(self) -> None:
        """The shares of people's own accord, day by day. A newcomer's second day is their liveliest."""
        for day in self.half_year.days():
            lively = liveliness(day)
            for person in self.people:
                if not person.is_keen(day):
                    continue
                fresh = 3.0 if (day - person.joined_at).days < 3 else 1.0
                for _ in range(how_many(self.rng, person.keenness * lively * fresh)):
                    [kit] = self.rng.choices(self.kits, [self.pull[kit] for kit in self.kits])
                    self._tap(within(self.rng, day), person.number, kit)

    def _tap(self, at: datetime, person: int, kit: str, parent: SimulatedShare | None = None) -> None:
        if at < self.half_year.closing:
            heapq.heappush(self._taps, _Tap(at, len(self._taps) + len(self.shares), person, kit, parent))

    def _share(self, tap: _Tap) -> None:
        number, parent = len(self.shares), tap.parent
        root, depth = (parent.root, parent.depth + 1) if parent else (number, 0)
        share = SimulatedShare(
            number,
            tap.person,
            tap.kit,
            self._channel(self.people[tap.person]),
            parent.number if parent else None,
            root,
            depth,
            tap.at,
        )
        self.shares.append(share)
        if not parent:
            # Some posts spread, most do not
            self._in_cascade[root], self._spark[root] = (
                set(),
                self.rng.lognormvariate(-0.5, 0.85),
            )
        self._in_cascade[root].add(tap.person)
        if depth < DEEPEST:
            self._pass_on(share)

    def _channel(self, person: Person) -> str:
        return (
            person.channel if self.rng.random() < 0.7 else self.rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        )

    def _pass_on(self, share: SimulatedShare) -> None:
        """Acquaintances of the sharer may pass the kit on, hours later; now and then with another kit that they like
        more."""
        for other, how in self.known_by[share.person]:
            person = self.people[other]
            chance = (
                PASSES_ON[how]
                * self.pull[share.kit]
                * self._spark[share.root]
                * DECAY_PER_DEPTH**share.depth
                * min(person.keenness * 8, 2.0)
            )
            if self.rng.random() < chance:
                at = awake(self.rng, share.shared_at + timedelta(hours=self.rng.lognormvariate(2.0, 1.1), minutes=2))
                if person.is_keen(at):
                    self._tap(at, other, share.kit if self.rng.random() < 0.95 else self.rng.choice(self.kits), share)


def _known_by(people: Sequence[Person]) -> list[list[tuple[int, str]]]:
    """For each KOC who sees their shares: those whom they brought, their friends, their sponsor."""
    acquaintances: list[dict[int, str]] = [{} for _ in people]
    for person in people:
        for friend in person.friends:
            acquaintances[friend][person.number] = acquaintances[person.number][friend] = "friend"
        if person.sponsor is not None:
            acquaintances[person.number][person.sponsor] = "sponsor"
            acquaintances[person.sponsor][person.number] = "brought"
    return [list(others.items()) for others in acquaintances]


def simulate_visits(
    rng: Random, half_year: HalfYear, people: Sequence[Person], shares: Sequence[SimulatedShare]
) -> list[Visited]:
    """The visits of the shares, in order of time: each KOC has a circle of people who visit repeatedly; a KOC visits a
    share before passing it on."""
    circles: list[list[str]] = [[] for _ in people]
    visits: list[Visited] = []
    for share in shares:
        person = people[share.person]
        if share.parent is not None:
            visited_at = share.shared_at - timedelta(seconds=rng.randint(20, 110))
            visits.append(Visited(share.parent, person.key, visited_at))
        lively = VISITS_BY_CHANNEL[share.channel] * liveliness(share.shared_at) ** 0.5
        for _ in range(how_many(rng, person.following * lively * rng.lognormvariate(-0.2, 0.65))):
            visits += _visits_of(rng, share, circles[share.person])
    return sorted(
        (visit for visit in visits if visit.visited_at < half_year.closing),
        key=lambda visit: (visit.visited_at, visit.share),
    )


def _visits_of(rng: Random, share: SimulatedShare, circle: list[str]) -> list[Visited]:
    if not circle or rng.random() < 0.3:
        circle.append(f"{rng.getrandbits(64):016x}")
        visitor = circle[-1]
    else:
        visitor = rng.choice(circle)
    at = awake(
        rng, share.shared_at + timedelta(hours=rng.expovariate(1 / VISIT_DELAY_HOURS[share.channel]), seconds=40)
    )
    first = Visited(share.number, visitor, at)
    again = (
        [Visited(share.number, visitor, at + timedelta(seconds=rng.randint(15, 3000)))] if rng.random() < 0.06 else []
    )
    return [first, *again]


def previews(rng: Random, shares: Sequence[SimulatedShare]) -> list[Visited]:
    """Messengers fetch a preview of some links, seconds after they are posted."""
    fetched = [share for share in shares if rng.random() < 0.035]
    return [
        Visited(share.number, f"{rng.getrandbits(64):016x}", share.shared_at + timedelta(seconds=rng.randint(1, 9)))
        for share in fetched
    ]
