"""The figures of an explanation, each once: what its words say, for a program."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation
from commissions.explanations.domain.rule_verdicts import RuleVerdict
from commissions.explanations.domain.steps import Step
from commissions.explanations.domain.timeline import Change, Milestone
from commissions.plans.domain.rates import BPS
from foundation.files.exported_cells import moment

FOLLOWS = {  # figures that follow from others of the same step, or that only a limit that cut has use for
    "base": {"gross_minor"},
    "no_goods": {"gross_minor"},
    "credit": {"koc", "bound", "coupon", "is_unreadable", "is_known"},
    "rate": {"left_minor"},
    "override": {"left_minor"},
    "cap": {"level_minor"},
    "guard": {"taken_minor", "room_minor", "level_minor"},
    "bonus_guard": {"room_minor"},
}
OF_VISITS = {"model", "window_days", "visits", "visited_at"}  # which credit nobody where the shop or a coupon names one
STAFF_ALONE = {"note", "held_because"}


def figures_of(line: LineExplanation, amount: AmountExplanation) -> dict[str, Any]:
    """The steps to an amount, the verdict on every rule, what happened since, what is left, and the dates. Nothing that
    is empty, no sentence, and no key or note that only staff may read."""
    lists = {
        "steps": [_step(step) for step in amount.steps],
        "rules": _verdicts(line.rules) if amount.campaign is None else [],
        "since": [_change(change) for change in amount.since],
        "now": [_step(step) for step in _changed(amount.steps, amount.now)],
        "dates": [_date(date) for date in amount.dates],
    }
    return {"amount_minor": amount.amount_minor, "net_minor": amount.net_minor, **_filled(lists)}


def _step(step: Step) -> dict[str, Any]:
    values = step.values
    left_out = set() if values.get("is_cut") else FOLLOWS.get(step.code, set())
    if step.code == "credit" and values["how"] not in {"click", "shared"}:
        left_out = left_out | OF_VISITS
    if step.code == "rounding" and values["exact"] == str(values["amount_minor"]):
        left_out = {"exact"}
    if values.get("credit_bps") == BPS:
        left_out = left_out | {"credit_bps"}
    if "visited_at" in values:
        values = {**values, "visited_at": moment(datetime.fromisoformat(values["visited_at"]))}
    return {"code": step.code, **_filled({name: value for name, value in values.items() if name not in left_out})}


def _changed(steps: Iterable[Step], now: Iterable[Step]) -> list[Step]:
    """The steps by what is left, without the terms that the first ones have already, and limits that it keeps within."""
    before = [(step.code, step.values) for step in steps]
    changed = [step for step in now if (step.code, step.values) not in before and step.code not in {"rate", "override"}]
    limits = {"cap", "guard", "bonus_guard", "granted"}
    return [step for step in changed if step.values.get("is_cut") or step.code not in limits]


def _verdicts(rules: Iterable[RuleVerdict]) -> list[dict[str, Any]]:
    """Plan by plan, the verdicts on its rules in their order."""
    plans: dict[tuple[str, int], list[str]] = {}
    for rule in rules:
        plans.setdefault((rule.decision.plan, rule.decision.version), []).append(rule.verdict)
    return [{"plan": plan, "version": version, "verdicts": said} for (plan, version), said in plans.items()]


def _change(change: Change) -> dict[str, Any]:
    values = {name: value for name, value in change.values.items() if name not in STAFF_ALONE}
    took = {"took_minor": change.took_minor} if change.took_minor else {}
    return {"code": change.code, "happened_at": moment(change.happened_at), **took, **_filled(values)}


def _date(date: Milestone) -> dict[str, Any]:
    to_come = {"is_to_come": True} if date.is_to_come else {}
    return {"code": date.code, **_filled({"at": moment(date.at)}), **to_come, **_filled(date.values)}


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is there; a number of 0 only where it is an amount that was come to."""
    return {name: value for name, value in values.items() if value or (value == 0 and name == "amount_minor")}
