"""Save plans: from a file, and by staff. A plan in force is never edited; a change is a version with a start of its
own."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

import msgspec

from accounts.brands.models import Brand
from commissions.ledger.services import lock_book
from commissions.planning.domain.refusals import PlanRefused
from commissions.planning.selectors.plans import (
    catalog_of,
    changed_since,
    last_credited,
    moment_of,
    plan_part,
    stamp,
    why_frozen,
)
from commissions.planning.services.saving import of_one, undone
from commissions.plans.domain.plan_parts import PlanPart
from commissions.plans.domain.plans import BrandCatalog, overlap, plan_faults, plan_faults_here, terms
from commissions.plans.models.plans import Plan, Rule
from foundation.files.yaml_files import Contradiction
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message

Change = Literal["created", "updated", "unchanged"]


def save_plan(*, brand: Brand, plan: PlanPart, at: datetime, seen: str | None = None) -> Plan:
    """Save one plan, as `save_plans` does; the places of its faults are inside the plan."""
    with of_one():
        [(saved, _)] = save_plans(brand=brand, plans=[plan], at=at, seen=seen)
    return saved


@in_transaction
def try_plan(*, brand: Brand, plan: PlanPart, at: datetime, seen: str | None = None) -> None:
    """Raise what `save_plan` would raise, and change nothing. Locks the book, so a save in the same transaction has the
    same outcome."""
    lock_book(brand)
    with undone():
        save_plan(brand=brand, plan=plan, at=at, seen=seen)


@in_transaction
def save_plans(
    *, brand: Brand, plans: Sequence[PlanPart], at: datetime, seen: str | None = None
) -> list[tuple[Plan, Change]]:
    """Create plans, or change those that exist, all or nothing; returns each row and what was done with it. Saving the
    same plan again changes nothing.

    A plan is found by its key: the version with that start, else the latest if it may still be edited. One that began,
    or by which an order was credited, is never edited: only its end may be set, not before now and not before the last
    order that was credited by it. Other rules with a later start are the next version, and the version in force ends
    there. Locks the book, under which orders are credited. With `seen`, the `stamp` of the row that the writer opened
    ('' for a new one), a row that was edited since is not overwritten. Raises PlanRefused with every fault; places are
    (number, …)."""
    catalog = catalog_of(brand, lock_book(brand))
    saved: list[tuple[Plan, Change]] = []
    faults: list[Contradiction] = []
    for number, part in enumerate(plans):
        try:
            saved.append(_save(_Versions(brand, part.key, at), part, catalog, seen))
        except PlanRefused as refused:
            faults += [(message, (number, *place)) for message, place in refused.faults]
    _refuse(faults)
    _refuse(_overlaps(brand, {plan.pk: number for number, (plan, _) in enumerate(saved)}))
    return saved


@in_transaction
def withdraw_plan(*, brand: Brand, plan: int, at: datetime) -> None:
    """Withdraw a plan that has not begun; the version before it, which was to end at its start, takes over its end.
    Locks the book.

    Raises PlanRefused once the plan began or an order was credited by it.
    """
    lock_book(brand)
    row = Plan.objects.select_related("brand").get(brand=brand, pk=plan)
    if frozen := why_frozen(row, at=at):
        raise PlanRefused([(Message("plan %(row)s %(frozen)s and stays: give it an end", row=row, frozen=frozen), ())])
    Plan.objects.filter(brand=brand, key=row.key, ends_at=row.starts_at).update(ends_at=row.ends_at)
    row.rules.all().delete()
    row.delete()


class _Versions:
    """The versions of a plan, oldest first, at a moment."""

    def __init__(self, brand: Brand, key: str, at: datetime) -> None:
        self.brand, self.key, self.at = brand, key, at
        self.rows = list(
            Plan.objects.filter(brand=brand, key=key)
            .order_by("version")
            .select_related("brand")
            .prefetch_related("rules")
        )

    def meant(self, starts_at: datetime, seen: str | None) -> Plan | None:
        """The version that a save refers to: the one that was opened, else the one with that start, else the latest if
        it may still be edited."""
        match = next((row for row in self.rows if seen and stamp(row) == seen), None) or next(
            (row for row in self.rows if row.starts_at == starts_at), None
        )
        if match is not None or not self.rows or why_frozen(self.rows[-1], at=self.at):
            return match
        return self.rows[-1]

    def before(self, row: Plan | None, starts_at: datetime) -> Plan | None:
        """The version that ends where another begins: where `row` begins now, or for a new one, the version in force at
        its start."""
        if row is not None:
            return next((other for other in self.rows if other.ends_at == row.starts_at), None)
        return next(
            (
                other
                for other in self.rows
                if other.starts_at < starts_at and (other.ends_at is None or starts_at < other.ends_at)
            ),
            None,
        )

    def moment(self, moment: datetime) -> str:
        return moment_of(self.brand, moment)


def _save(versions: _Versions, part: PlanPart, catalog: BrandCatalog, seen: str | None) -> tuple[Plan, Change]:
    row = versions.meant(part.starts_at, seen)
    if row is not None and _same(plan_part(row), part):
        return row, "unchanged"
    if row is not None and seen is not None and stamp(row) != seen:
        raise PlanRefused([(_conflict(versions, row, seen), ())])
    if row is not None and (frozen := why_frozen(row, at=versions.at)):
        _refuse(_forbidden_edits(versions, row, part, frozen))
        return _end(row, part.ends_at), "updated"
    predecessor = versions.before(row, part.starts_at)
    _refuse([*plan_faults(part), *plan_faults_here(part, catalog), *_begins_too_early(versions, row, part)])
    if predecessor is not None:
        _refuse([(message, ("starts_at",)) for message, _ in _end_faults(versions, predecessor, part.starts_at)])
        _end(predecessor, part.starts_at)
    return _write(versions, row, part), "created" if row is None else "updated"


def _same(part: PlanPart, other: PlanPart) -> bool:
    return (part.starts_at, part.ends_at, terms(part.rules)) == (other.starts_at, other.ends_at, terms(other.rules))


def _conflict(versions: _Versions, row: Plan, seen: str) -> str:
    if not seen:
        return Message(
            "plan %(row)s is there already, from %(at)s: change that one",
            row=row,
            at=versions.moment(row.starts_at),
        )
    return changed_since(row, seen)


def _forbidden_edits(versions: _Versions, row: Plan, part: PlanPart, frozen: str) -> list[Contradiction]:
    """What a part would change of a plan that is frozen but for its end."""
    if (row.starts_at, terms(plan_part(row).rules)) == (part.starts_at, terms(part.rules)):
        return _end_faults(versions, row, part.ends_at)
    follows = f"{row.key} v{versions.rows[-1].version + 1}"
    return [
        (
            Message(
                "plan %(row)s %(frozen)s and is never edited: give the change a later starts_at, and it becomes %(follows)s",
                row=row,
                frozen=frozen,
                follows=follows,
            ),
            (),
        )
    ]


def _end_faults(versions: _Versions, row: Plan, ends_at: datetime | None) -> list[Contradiction]:
    """Why a plan cannot end at a moment: it has ended already, an order was credited by it later, or that moment is
    past."""
    if row.ends_at is not None and row.ends_at <= versions.at:
        return [
            (
                Message("plan %(row)s ended at %(at)s, and stays so", row=row, at=versions.moment(row.ends_at)),
                ("ends_at",),
            )
        ]
    if ends_at is None:
        return []
    if ends_at <= row.starts_at:
        return [(Message("ends before it starts"), ("ends_at",))]
    if last := last_credited(row, since=ends_at):
        return [
            (
                Message(
                    "plan %(row)s has answered an order that was paid at %(at)s: it cannot end before",
                    row=row,
                    at=versions.moment(last),
                ),
                ("ends_at",),
            )
        ]
    if ends_at < versions.at:
        return [
            (
                Message(
                    "plan %(row)s is in force: it cannot end before now, %(now)s",
                    row=row,
                    now=versions.moment(versions.at),
                ),
                ("ends_at",),
            )
        ]
    return []


def _begins_too_early(versions: _Versions, row: Plan | None, part: PlanPart) -> list[Contradiction]:
    latest = next((other for other in reversed(versions.rows) if other != row), None)
    if latest is None or part.starts_at > latest.starts_at:
        return []
    return [
        (
            Message(
                "plan %(latest)s starts at %(at)s: a change of it starts later, or has a key of its own",
                latest=latest,
                at=versions.moment(latest.starts_at),
            ),
            ("starts_at",),
        )
    ]


def _end(row: Plan, ends_at: datetime | None) -> Plan:
    row.ends_at = ends_at
    row.save(update_fields=["ends_at"])
    return row


def _write(versions: _Versions, row: Plan | None, part: PlanPart) -> Plan:
    if row is None:
        version = versions.rows[-1].version + 1 if versions.rows else 1
        row = Plan.objects.create(
            brand=versions.brand, key=part.key, version=version, starts_at=part.starts_at, ends_at=part.ends_at
        )
    else:
        row.rules.all().delete()
        row.starts_at, row.ends_at = part.starts_at, part.ends_at
        row.save(update_fields=["starts_at", "ends_at"])
    Rule.objects.bulk_create(
        [Rule(plan=row, position=place, **msgspec.structs.asdict(rule)) for place, rule in enumerate(part.rules)]
    )
    return row


def _overlaps(brand: Brand, numbers: dict[int, int]) -> list[Contradiction]:
    """Plans of the brand that share an instant; the faults are placed at those that are being saved."""
    faults: list[Contradiction] = []
    for earlier, later in pairwise(Plan.objects.filter(brand=brand).order_by("starts_at", "pk")):
        if overlap(earlier.starts_at, earlier.ends_at, later.starts_at, later.ends_at):
            place = (
                (numbers[later.pk], "starts_at")
                if later.pk in numbers
                else (numbers[earlier.pk], "ends_at")
                if earlier.pk in numbers
                else ()
            )
            faults.append((Message("plan %(later)s overlaps plan %(earlier)s", later=later, earlier=earlier), place))
    return faults


def _refuse(faults: Sequence[Contradiction]) -> None:
    """Raises PlanRefused when there are faults."""
    if faults:
        raise PlanRefused(faults)
