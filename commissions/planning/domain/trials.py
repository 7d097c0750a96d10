"""A plan is tried on past lines, block by block: what each tier, KOC and rule would have earned."""

from collections.abc import Iterator, Mapping, Sequence
from operator import add
from typing import NamedTuple

import numpy as np

from commissions.planning.domain.choices import Choices, OrderTraits
from commissions.planning.domain.earnings import Columns, Flags, Lines, Numbers, PlannedEarnings, earned, fit, terms_of
from commissions.plans.domain.rates import BPS
from commissions.plans.domain.rules import GUEST, NEW, RETURNING, RuleTerms

CUSTOMERS = (GUEST, NEW, RETURNING)


class Parts(NamedTuple):
    """Parts of credited lines as they stand now, one row a part. `sponsor` is 0 for none; `tier`, `channel` and
    `customer` are places in lists of names."""

    line: Numbers
    place: Numbers
    koc: Numbers
    sponsor: Numbers
    product: Numbers
    tier: Numbers
    channel: Numbers
    customer: Numbers
    credit_bps: Numbers
    multiplier_bps: Numbers
    total_cap_bps: Numbers
    base_minor: Numbers
    left_minor: Numbers
    quantity: Numbers

    def at(self, rows: Numbers | Flags) -> "Parts":
        return Parts(*(column[rows] for column in self))


class Sums:
    """Sums of several columns by key, exact however large they grow."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.by_key: dict[int, list[int]] = {}

    def add(self, keys: Numbers, *columns: Numbers) -> None:
        """Amounts ≥ 0 are added to the sums of their keys."""
        if not len(keys):
            return
        found, sums = (_counted if _is_dense(keys, columns) else _sorted)(keys, columns)
        for key, *row in zip(found.tolist(), *(column.tolist() for column in sums), strict=True):
            before = self.by_key.get(key)
            self.by_key[key] = row if before is None else list(map(add, before, row))

    def __getitem__(self, key: int) -> list[int]:
        return self.by_key.get(key, [0] * self.width)


def _is_dense(keys: Numbers, columns: Sequence[Numbers]) -> bool:
    """Whether keys stand close together, and no sum can reach 2^53: below it whole numbers are exact in floats."""
    return bool(keys.max() - keys.min() < 4 * len(keys)) and all(
        column.dtype != object and column.sum() < 2**53 for column in columns
    )


def _counted(keys: Numbers, columns: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """The keys that occur, and the sum of each column for each: without sorting."""
    lowest = keys.min()
    places = keys - lowest
    found = np.flatnonzero(np.bincount(places))
    return found + lowest, [np.bincount(places, weights=column)[found].astype(np.int64) for column in columns]


def _sorted(keys: Numbers, columns: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """The same for any keys and any amounts."""
    order = np.argsort(keys)
    by_key = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], by_key[1:] != by_key[:-1])))
    return by_key[starts], [np.add.reduceat(column[order], starts) for column in columns]


class Cuts:
    """How many lines something made smaller, and by how much."""

    def __init__(self) -> None:
        self.lines = 0
        self.amount_minor = 0

    def add(self, amounts: Numbers) -> None:
        self.lines += int(np.count_nonzero(amounts))
        self.amount_minor += int(amounts.sum())


class Trial:
    """A plan on very many lines. Parts of one line may come in different blocks, as long as all of them come before
    `end`."""

    def __init__(
        self,
        rules: Sequence[RuleTerms],
        *,
        products: Mapping[int, tuple[str, str]],
        tiers: Sequence[str],
        channels: Sequence[str],
    ) -> None:
        self.choices, self.terms = Choices(rules), terms_of(rules)
        self.tiers, self.channels = tiers, channels
        met = {product: self.choices.of_product(*products[product]) for product in sorted(products)}
        self.products, self.met = np.array(list(met), dtype=np.int64), sorted(set(met.values()))
        places = {bits: place for place, bits in enumerate(self.met)}
        self.met_by = np.array([places[bits] for bits in met.values()], dtype=np.int64)
        self.speaking: dict[tuple[int, ...], list[int]] = {}
        self.waiting: Parts | None = None
        self.by_tier = Sums(3)
        """tier → parts, level 1, level 2"""
        self.by_koc = Sums(3)
        """KOC → lines credited, level 1, level 2"""
        self.by_rule = Sums(4)
        """position of the rule, NONE for none → lines, what is left of their bases, level 1, level 2"""
        self.capped, self.guarded = Cuts(), Cuts()

    def add(self, parts: Parts) -> None:
        """Try the plan on every line of which all parts are here; the others wait."""
        if self.waiting is not None:
            parts = Parts(*(np.concatenate(both) for both in zip(self.waiting, parts, strict=True)))
        alone = parts.credit_bps == BPS
        self._try(parts, np.flatnonzero(alone)[:, None])
        shared = parts.at(~alone)
        self.waiting = shared.at(np.lexsort((shared.place, shared.line)))
        for rows in self._whole(self.waiting):
            self._try(self.waiting, rows)
        self.waiting = self.waiting.at(~self.done)

    def end(self) -> None:
        """Raises AssertionError when parts of a line never came: the credits of an order sum to 10,000 bps."""
        if self.waiting is not None and len(self.waiting.line):
            raise AssertionError(f"line {self.waiting.line[0]} has parts that do not sum to {BPS}")

    def _whole(self, shared: Parts) -> Iterator[Numbers]:
        """Rows of the lines that are whole, one row a line, those of equally many parts together."""
        self.done = np.zeros(len(shared.line), dtype=bool)
        if not len(shared.line):
            return
        starts = np.flatnonzero(np.concatenate(([True], shared.line[1:] != shared.line[:-1])))
        counts = np.diff(np.append(starts, len(shared.line)))
        is_whole = np.add.reduceat(shared.credit_bps, starts) == BPS
        self.done = np.repeat(is_whole, counts)
        for count in np.unique(counts[is_whole]).tolist():
            yield starts[is_whole & (counts == count)][:, None] + np.arange(count)

    def _try(self, parts: Parts, rows: Numbers) -> None:
        if not len(rows):
            return
        first = rows[:, 0]
        whole = (parts.base_minor[first], parts.left_minor[first], parts.quantity[first], parts.total_cap_bps[first])
        lines = Lines(*whole, parts.credit_bps[rows], parts.multiplier_bps[rows], parts.sponsor[rows])
        rule = self._rules_for(parts, rows)
        terms = Columns(*(column[rule] for column in self.terms))
        fits = fit(lines, terms)
        for chosen, kind in ((fits, np.int64), (~fits, object)):
            if chosen.any():
                some = Lines(*(column[chosen].astype(kind, copy=False) for column in lines))
                found = earned(some, Columns(*(column[chosen].astype(kind, copy=False) for column in terms)))
                self._count(parts, rows[chosen], rule[chosen], some.left_minor, found)

    def _rules_for(self, parts: Parts, rows: Numbers) -> Numbers:
        """The position of the rule that speaks for each line: asked once for all that look alike."""
        looks = parts.tier << 12 | parts.channel << 2 | parts.customer
        if rows.shape[1] == 1:
            alike, of_line = np.unique(looks[rows[:, 0]], return_inverse=True)
            alike = alike[:, None]
        else:
            alike, of_line = np.unique(np.sort(looks[rows], axis=1), axis=0, return_inverse=True)
        table: Numbers = np.array([self._speaking(tuple(look)) for look in alike.tolist()], dtype=np.int64)
        rules: Numbers = table[of_line, self.met_by[np.searchsorted(self.products, parts.product[rows[:, 0]])]]
        return rules

    def _speaking(self, looks: tuple[int, ...]) -> list[int]:
        """The rule that speaks for an order that looks so, for products of each kind: those that meet the same rules
        are of one kind."""
        if looks not in self.speaking:
            tiers, channels = (
                (self.tiers[look >> 12] for look in looks),
                (self.channels[look >> 2 & 1023] for look in looks),
            )
            met = self.choices.of_order(OrderTraits(frozenset(tiers), frozenset(channels), CUSTOMERS[looks[0] & 3]))
            self.speaking[looks] = [self.choices.best(of_product, met) for of_product in self.met]
        return self.speaking[looks]

    def _count(self, parts: Parts, rows: Numbers, rule: Numbers, left_minor: Numbers, found: PlannedEarnings) -> None:
        flat, firsts, seconds = rows.ravel(), found.firsts.ravel(), found.seconds.ravel()
        one, none = np.ones(len(flat), dtype=np.int64), np.zeros(len(flat), dtype=np.int64)
        self.by_tier.add(parts.tier[flat], one, firsts, seconds)
        self.by_koc.add(parts.koc[flat], one, firsts, none)
        paid = np.flatnonzero(seconds)
        self.by_koc.add(parts.sponsor[flat][paid], none[paid], none[paid], seconds[paid])
        self.by_rule.add(rule, one[: len(rule)], left_minor, found.firsts.sum(axis=1), found.seconds.sum(axis=1))
        self.capped.add(found.capped_minor)
        self.guarded.add(found.guarded_minor)
