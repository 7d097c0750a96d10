"""Try a plan on past lines, block by block: what each tier, KOC and rule would have earned."""

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
    """Parts of credited lines as they are now, one row a part. `sponsor` is 0 for none; `tier`, `channel` and
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
        present_keys, sums = (_counted if _is_dense(keys, columns) else _sorted)(keys, columns)
        for key, *row in zip(present_keys.tolist(), *(column.tolist() for column in sums), strict=True):
            earlier = self.by_key.get(key)
            self.by_key[key] = row if earlier is None else list(map(add, earlier, row))

    def __getitem__(self, key: int) -> list[int]:
        return self.by_key.get(key, [0] * self.width)


def _is_dense(keys: Numbers, columns: Sequence[Numbers]) -> bool:
    """Whether the keys are close together, and no sum can reach 2^53: below it whole numbers are exact in floats."""
    return bool(keys.max() - keys.min() < 4 * len(keys)) and all(
        column.dtype != object and column.sum() < 2**53 for column in columns
    )


def _counted(keys: Numbers, columns: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """The keys that occur, and the sum of each column for each: without sorting."""
    lowest = keys.min()
    places = keys - lowest
    occurring = np.flatnonzero(np.bincount(places))
    return occurring + lowest, [np.bincount(places, weights=column)[occurring].astype(np.int64) for column in columns]


def _sorted(keys: Numbers, columns: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """The same for any keys and any amounts."""
    order = np.argsort(keys)
    by_key = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], by_key[1:] != by_key[:-1])))
    return by_key[starts], [np.add.reduceat(column[order], starts) for column in columns]


class Cuts:
    """How many lines a cap reduced, and by how much."""

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
        rules_met = {product: self.choices.of_product(*products[product]) for product in sorted(products)}
        self.products, self.product_kinds = np.array(list(rules_met), dtype=np.int64), sorted(set(rules_met.values()))
        kinds = {bits: kind for kind, bits in enumerate(self.product_kinds)}
        self.kind_of_product = np.array([kinds[bits] for bits in rules_met.values()], dtype=np.int64)
        self.rules_by_traits: dict[tuple[int, ...], list[int]] = {}
        self.waiting: Parts | None = None
        self.by_tier = Sums(3)
        """tier → parts, level 1, level 2"""
        self.by_koc = Sums(3)
        """KOC → lines credited, level 1, level 2"""
        self.by_rule = Sums(4)
        """position of the rule, NONE for none → lines, the sum of what is left of their bases, level 1, level 2"""
        self.capped, self.guarded = Cuts(), Cuts()

    def add(self, parts: Parts) -> None:
        """Try the plan on every line whose parts are complete; incomplete ones wait."""
        if self.waiting is not None:
            parts = Parts(*(np.concatenate(columns) for columns in zip(self.waiting, parts, strict=True)))
        alone = parts.credit_bps == BPS
        self._try(parts, np.flatnonzero(alone)[:, None])
        shared = parts.at(~alone)
        self.waiting = shared.at(np.lexsort((shared.place, shared.line)))
        for rows in self._whole(self.waiting):
            self._try(self.waiting, rows)
        self.waiting = self.waiting.at(~self.done)

    def end(self) -> None:
        """Raises AssertionError when a line stayed incomplete: the credits of an order sum to 10,000 bps."""
        if self.waiting is not None and len(self.waiting.line):
            raise AssertionError(f"line {self.waiting.line[0]} has parts that do not sum to {BPS}")

    def _whole(self, shared: Parts) -> Iterator[Numbers]:
        """Rows of the complete lines, one row a line, those of equally many parts together."""
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
        for chosen, dtype in ((fits, np.int64), (~fits, object)):
            if chosen.any():
                chosen_lines = Lines(*(column[chosen].astype(dtype, copy=False) for column in lines))
                chosen_terms = Columns(*(column[chosen].astype(dtype, copy=False) for column in terms))
                earnings = earned(chosen_lines, chosen_terms)
                self._count(parts, rows[chosen], rule[chosen], chosen_lines.left_minor, earnings)

    def _rules_for(self, parts: Parts, rows: Numbers) -> Numbers:
        """The position of the rule that applies to each line: evaluated once for all lines with the same traits."""
        traits = parts.tier << 12 | parts.channel << 2 | parts.customer
        if rows.shape[1] == 1:
            distinct, of_line = np.unique(traits[rows[:, 0]], return_inverse=True)
            distinct = distinct[:, None]
        else:
            distinct, of_line = np.unique(np.sort(traits[rows], axis=1), axis=0, return_inverse=True)
        table: Numbers = np.array([self._rules_by_kind(tuple(row)) for row in distinct.tolist()], dtype=np.int64)
        kinds = self.kind_of_product[np.searchsorted(self.products, parts.product[rows[:, 0]])]
        rules: Numbers = table[of_line, kinds]
        return rules

    def _rules_by_kind(self, traits: tuple[int, ...]) -> list[int]:
        """The rule that applies to an order with these traits, for products of each kind: products that meet the same
        rules are of one kind. A trait is tier << 12 | channel << 2 | customer."""
        if traits not in self.rules_by_traits:
            tiers = frozenset(self.tiers[trait >> 12] for trait in traits)
            channels = frozenset(self.channels[trait >> 2 & 1023] for trait in traits)
            of_order = self.choices.of_order(OrderTraits(tiers, channels, CUSTOMERS[traits[0] & 3]))
            self.rules_by_traits[traits] = [self.choices.best(kind, of_order) for kind in self.product_kinds]
        return self.rules_by_traits[traits]

    def _count(
        self, parts: Parts, rows: Numbers, rule: Numbers, left_minor: Numbers, earnings: PlannedEarnings
    ) -> None:
        flat, firsts, seconds = rows.ravel(), earnings.firsts.ravel(), earnings.seconds.ravel()
        ones, zeros = np.ones(len(flat), dtype=np.int64), np.zeros(len(flat), dtype=np.int64)
        self.by_tier.add(parts.tier[flat], ones, firsts, seconds)
        self.by_koc.add(parts.koc[flat], ones, firsts, zeros)
        paid = np.flatnonzero(seconds)
        self.by_koc.add(parts.sponsor[flat][paid], zeros[paid], zeros[paid], seconds[paid])
        self.by_rule.add(rule, ones[: len(rule)], left_minor, earnings.firsts.sum(axis=1), earnings.seconds.sum(axis=1))
        self.capped.add(earnings.capped_minor)
        self.guarded.add(earnings.guarded_minor)
