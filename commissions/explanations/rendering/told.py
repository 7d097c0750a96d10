"""Explanations in words and numbers: what the API answers, the command prints and the admin shows, in the active
language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from commissions.explanations.domain.explanations import Step
from commissions.explanations.rendering.figures import Figures
from commissions.explanations.rendering.steps_told import paid_by_rule, plan_name, told_step
from commissions.explanations.selectors.explained import Explained, LineExplained, OrderExplained
from commissions.explanations.selectors.rules import RuleLooked
from commissions.explanations.selectors.since import Moment, Since
from foundation.files.exported_cells import moment


class Teller:
    """Tells explanations of one brand. What only staff may read (keys, notes, why something is held) is left out unless
    it is for them."""

    def __init__(self, currency: str, zone: str, *, for_staff: bool = False) -> None:
        self.figures, self.for_staff = Figures(currency, zone), for_staff

    def amount(self, line: LineExplained, one: Explained) -> dict[str, Any]:
        """One amount whole: `words` in sentences, and the same as steps, rules, what happened since and dates."""
        return {
            "words": self.words(line, one),
            "steps": [self.step(step) for step in one.steps],
            "rules": [self.rule(rule) for rule in line.rules],
            "since": [self.since(change) for change in one.since],
            "now": [self.step(step) for step in one.now],
            "amount_minor": one.amount_minor,
            "net_minor": one.net_minor,
            "zero_because": one.zero_because or None,
            "adds_up": one.adds_up,
            "dates": [self.date(date) for date in one.dates],
        }

    def order(self, order: OrderExplained) -> dict[str, Any]:
        """An order with every line, and all that each part of it earned or did not."""
        return {
            "order": order.order.key,
            "id": order.order.public_id,
            "credit": self.step(order.credit),
            "lines": [self._line(line) for line in order.lines],
            "other_lines": order.rest,
        }

    def _line(self, line: LineExplained) -> dict[str, Any]:
        amounts = [
            {
                "commission": one.commission.public_id if one.commission else None,
                "koc": one.koc.key if one.koc else None,
                "level": one.level,
                "campaign": one.campaign.key if one.campaign else None,
                **self.amount(line, one),
            }
            for one in line.amounts
        ]
        return {"line": line.line.key, "sku": line.sku, "sold": self.step(line.sold), "amounts": amounts}

    def step(self, step: Step) -> dict[str, Any]:
        return {"code": step.code, "text": told_step(step, self.figures), **step.values}

    def rule(self, looked: RuleLooked) -> dict[str, Any]:
        rule = looked.rule
        return {
            "plan": looked.plan,
            "version": looked.version,
            "rule": looked.position,
            "verdict": looked.verdict,
            "text": f"{plan_name(looked.plan, looked.version)} / {looked.position}: {told_verdict(looked)}",
            "priority": rule.priority,
            "skus": rule.skus,
            "categories": rule.categories,
            "tiers": rule.tiers,
            "channels": rule.channels,
            "customer": rule.customer or None,
            "pays": paid_by_rule(vars(rule), self.figures),
            "rate_bps": rule.rate_bps,
            "fixed_minor": rule.fixed_minor,
            "override_bps": rule.override_bps,
            "cap_minor": rule.cap_minor,
        }

    def since(self, change: Since) -> dict[str, Any]:
        values = {
            name: value
            for name, value in change.values.items()
            if self.for_staff or name not in {"note", "held_because"}
        }
        text = f"{self.figures.when(change.happened_at)} {self._happened(change)}"
        return {
            "code": change.code,
            "text": text,
            "happened_at": moment(change.happened_at),
            "took_minor": change.took_minor,
            **values,
        }

    def _happened(self, change: Since) -> str:
        values, took = change.values, self.figures.taken(change.took_minor)
        if change.code == "held":
            return _("Held for review.") + (
                f" {told_reason(values['held_because'])} {values['note']}".rstrip() if self.for_staff else ""
            )
        if change.code == "review_released":
            return _("Released by review.")
        if change.code == "review_reversed":
            note = f" {values['note']}" if self.for_staff and values["note"] else ""
            return _("Taken back by review (%(reason)s): %(took)s") % {
                "reason": told_reason(values["reason"]) + note,
                "took": took,
            }
        if change.code == "refund":
            named = {
                "refund": values["refund"],
                "amount": self.figures.money(values["refunded_minor"] or 0),
                "took": took,
            }
            return _("Refund %(refund)s of %(amount)s: %(took)s") % named
        if change.code == "cancellation":
            return _("The order was cancelled: %(took)s") % {"took": took}
        return _("The order was amended, the line's base is %(base)s: %(took)s") % {
            "base": self.figures.money(values["base_minor"]),
            "took": took,
        }

    def date(self, date: Moment) -> dict[str, Any]:
        return {
            "code": date.code,
            "text": self._dated(date),
            "at": moment(date.at) or None,
            "is_to_come": date.is_to_come,
            **date.values,
        }

    def _dated(self, date: Moment) -> str:
        values = dict(date.values)
        if "amount_minor" in values:
            values["amount"] = self.figures.money(abs(values["amount_minor"]))
        if date.at is not None:
            values["at"] = self.figures.when(date.at)
        return _date_text(date) % values

    def words(self, line: LineExplained, one: Explained) -> str:
        """The whole derivation in sentences, a paragraph for each part of the story."""
        found = [step for step in one.steps if step.code in {"base", "credit"}]
        speaking = [step for step in one.steps if step.code in {"plan", "no_plan", "rule", "no_rule", "campaign"}]
        counted = [step for step in one.steps if step not in found and step not in speaking]
        paragraphs = [
            self._headline(line, one),
            self._joined(found),
            self._joined(speaking),
            "\n".join(f"· {self.rule(rule)['text']}" for rule in line.rules if one.campaign is None),
            self._joined(counted),
            _("So there is no commission.") if not one.amount_minor else "",
            "\n".join(self.since(change)["text"] for change in one.since),
            self._joined(one.now),
            _("It is worth %(net)s now.") % {"net": self.figures.money(one.net_minor)} if one.now else "",
            " ".join(self._dated(date) for date in one.dates) if one.commission else "",
        ]
        return "\n".join(text for text in paragraphs if text)

    def _headline(self, line: LineExplained, one: Explained) -> str:
        named = {
            "koc": one.koc.name if one.koc else _("Nobody"),
            "level": one.level,
            "line": line.line.key,
            "sku": line.sku,
            "order": line.line.order.key,
        }
        if self.for_staff and one.koc:
            named["koc"] = str(one.koc)
        if not one.amount_minor:
            return _("Order %(order)s, line %(line)s (%(sku)s), level %(level)s: nothing for %(koc)s.") % named
        return _("Order %(order)s, line %(line)s (%(sku)s), level %(level)s: %(amount)s for %(koc)s.") % (
            named | {"amount": self.figures.money(one.amount_minor)}
        )

    def _joined(self, steps: Iterable[Step]) -> str:
        return " ".join(told_step(step, self.figures) for step in steps)


def _date_text(date: Moment) -> str:
    if date.is_to_come:
        return _to_come(date)
    if date.code == "paid_out":
        return (
            _("The statement of %(period)s was paid out on %(at)s.")
            if date.at
            else _("The statement of %(period)s is paid out.")
        )
    return {
        "paid": _("The order was paid on %(at)s."),
        "made": _("The commission was made on %(at)s."),
        "delivered": _("The order was delivered on %(at)s."),
        "approved": _("The hold ended on %(at)s: approved."),
        "statement": _("%(amount)s is on the statement of %(period)s."),
    }[date.code]


def _to_come(date: Moment) -> str:
    if date.code == "approved":
        return (
            _("The hold ends on %(at)s.")
            if date.at
            else _("The commission is approved when the hold after the delivery is over.")
        )
    if date.code == "statement":
        period = _("It comes on the statement of %(period)s at the earliest.")
        return period if date.values["period"] else _("It comes on the statement of the month in which it is approved.")
    if date.code == "balance":
        more = _("%(amount)s more comes on a later statement.")
        return (
            more
            if date.values["amount_minor"] > 0
            else _("%(amount)s of what was settled is owed, and taken off later statements.")
        )
    return {
        "delivered": _("The order is not delivered yet."),
        "review": _("A review has to decide first."),
        "paid_out": _("It is not paid out yet."),
    }[date.code]


def told_reason(reason: str) -> str:
    """Why a review was opened, as a KOC may read it."""
    said = {
        "self_purchase": _("own purchase"),
        "duplicate": _("sold twice"),
        "fraud": _("fraud"),
        "terms": _("against the terms"),
        "tracking": _("credited by mistake"),
        "risk_rule": _("a risk rule"),
    }
    return said.get(reason, _("another reason"))


def told_verdict(looked: RuleLooked) -> str:
    """Why a rule won or lost."""
    verdict, rule, winner = looked.verdict, looked.rule, looked.winner
    if verdict == "won":
        return _("won.")
    if verdict == "outbid":
        return _("holds, but another plan speaks.")
    if verdict in {"sku", "category", "tier", "channel", "customer"}:
        return _failed(verdict, rule, looked.seen)
    named: dict[str, Any] = {"winner": winner.position + 1 if winner else "—"}
    if verdict == "priority" and winner:
        return _("holds, but rule %(winner)s has the higher priority (%(high)s, not %(low)s).") % (
            named | {"high": winner.priority, "low": rule.priority}
        )
    if verdict == "conditions" and winner:
        return _("holds, but rule %(winner)s makes more conditions (%(more)s, not %(less)s).") % (
            named | {"more": _conditions(winner), "less": _conditions(rule)}
        )
    return _("holds, but rule %(winner)s stands before it.") % named


def _failed(verdict: str, rule: Any, seen: Mapping[str, Any]) -> str:
    if verdict == "customer":
        wanted = _("new customers") if rule.customer == "new" else _("returning customers")
        was = {"new": _("a new one"), "returning": _("a returning one")}.get(seen["customer"], _("a guest"))
        return _("does not hold: it is for %(wanted)s, and this was %(seen)s.") % {"wanted": wanted, "seen": was}
    wanted_of = {"sku": rule.skus, "category": rule.categories, "tier": rule.tiers, "channel": rule.channels}[verdict]
    was_of = {"sku": [seen["sku"]], "category": [seen["category"]], "tier": seen["tiers"], "channel": seen["channels"]}[
        verdict
    ]
    return _("does not hold: it is for %(wanted)s, and this was %(seen)s.") % {
        "wanted": ", ".join(wanted_of),
        "seen": _listed(was_of),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or _("none") for name in names)


def _conditions(rule: Any) -> int:
    return sum(map(bool, (rule.skus, rule.categories, rule.tiers, rule.channels, rule.customer)))
