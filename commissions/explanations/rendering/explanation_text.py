"""Explanations in words and numbers: what the API returns, the command prints and the admin shows, in the active
language."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.domain.records import DecisionRecord, KocRecord, RuleRecord
from commissions.explanations.domain.rule_verdicts import RuleVerdict
from commissions.explanations.domain.steps import Step
from commissions.explanations.domain.timeline import Change, Milestone
from commissions.explanations.rendering.formats import Formats
from commissions.explanations.rendering.step_text import pays_text, plan_name, step_text
from foundation.files.exported_cells import moment

OF_SALE = {"base", "no_goods", "credit"}
OF_RULES = {"plan", "no_plan", "rule", "no_rule", "campaign"}


class ExplanationText:
    """Writes explanations of one brand. What only staff may read (keys, notes, why a commission is held) is left out
    unless `for_staff`."""

    def __init__(self, currency: str, zone: str, *, for_staff: bool = False) -> None:
        self.formats, self.for_staff = Formats(currency, zone), for_staff

    def amount(self, line: LineExplanation, amount: AmountExplanation) -> dict[str, Any]:
        """One amount whole: `words` in sentences, and the same as steps, rules, what happened since and dates."""
        return {
            "words": self.words(line, amount),
            "steps": [self.step(step) for step in amount.steps],
            "rules": [self.rule(rule) for rule in line.rules],
            "since": [self.change(change) for change in amount.since],
            "now": [self.step(step) for step in amount.now],
            "amount_minor": amount.amount_minor,
            "net_minor": amount.net_minor,
            "zero_because": amount.zero_because or None,
            "adds_up": amount.adds_up,
            "dates": [self.date(date) for date in amount.dates],
        }

    def order(self, order: OrderExplanation) -> dict[str, Any]:
        """An order with every line, and all that each part of it earned or did not."""
        return {
            "order": order.key,
            "id": order.public_id,
            "credit": self.step(order.credit),
            "lines": [self._line(line) for line in order.lines],
            "other_lines": order.rest,
        }

    def _line(self, line: LineExplanation) -> dict[str, Any]:
        amounts = [
            {
                "commission": amount.commission.public_id if amount.commission else None,
                "koc": amount.koc.key if amount.koc else None,
                "level": amount.level,
                "campaign": amount.campaign.key if amount.campaign else None,
                **self.amount(line, amount),
            }
            for amount in line.amounts
        ]
        return {"line": line.key, "sku": line.sku, "sold": self.step(line.sold), "amounts": amounts}

    def step(self, step: Step) -> dict[str, Any]:
        return {"code": step.code, "text": step_text(step, self.formats), **step.values}

    def row(self, step: Step) -> tuple[str, str]:
        """A step as a row of a table: its sentence, the amount after it."""
        amount_minor = step.values.get("amount_minor")
        return (
            step_text(step, self.formats),
            "—" if amount_minor is None else self.formats.money(amount_minor),
        )

    def rule(self, verdict: RuleVerdict) -> dict[str, Any]:
        plan, rule = verdict.decision, verdict.rule
        pays = {
            "rate_bps": rule.rate_bps,
            "fixed_minor": rule.fixed_minor,
            "override_bps": rule.override_bps,
            "cap_minor": rule.cap_minor,
        }
        return {
            "plan": plan.plan,
            "version": plan.version,
            "rule": verdict.position,
            "verdict": verdict.verdict,
            "text": f"{plan_name(plan.plan, plan.version)} / {verdict.position}: {verdict_text(verdict)}",
            "priority": rule.priority,
            "skus": rule.skus,
            "categories": rule.categories,
            "tiers": rule.tiers,
            "channels": rule.channels,
            "customer": rule.customer or None,
            "pays": pays_text(pays, self.formats),
            **pays,
        }

    def change(self, change: Change) -> dict[str, Any]:
        values = {
            name: value
            for name, value in change.values.items()
            if self.for_staff or name not in {"note", "held_because"}
        }
        text = f"{self.formats.when(change.happened_at)} {self._happened(change)}"
        return {
            "code": change.code,
            "text": text,
            "happened_at": moment(change.happened_at),
            "took_minor": change.took_minor,
            **values,
        }

    def _happened(self, change: Change) -> str:
        values, took = change.values, self.formats.taken(change.took_minor)
        if change.code == "held":
            return _("Held for review.") + (
                f" {reason_text(values['held_because'])} {values['note']}".rstrip() if self.for_staff else ""
            )
        if change.code == "review_released":
            return _("Released by review.")
        if change.code == "review_reversed":
            note = f" {values['note']}" if self.for_staff and values["note"] else ""
            return _("Taken back by review (%(reason)s): %(took)s") % {
                "reason": reason_text(values["reason"]) + note,
                "took": took,
            }
        if change.code == "refund":
            params = {
                "refund": values["refund"],
                "amount": self.formats.money(values["refunded_minor"] or 0),
                "took": took,
            }
            return _("Refund %(refund)s of %(amount)s: %(took)s") % params
        if change.code == "refund_whole":
            params = {"refund": values["refund"], "amount": self.formats.money(values["refunded_minor"]), "took": took}
            return _("Refund %(refund)s of %(amount)s without lines, spread over what was left: %(took)s") % params
        if change.code == "refund_undone":
            return _("Refund %(refund)s was taken back: %(took)s") % {"refund": values["refund"], "took": took}
        if change.code == "cancellation":
            return _("The order was cancelled: %(took)s") % {"took": took}
        return _("The order was amended, the line's base is %(base)s: %(took)s") % {
            "base": self.formats.money(values["base_minor"]),
            "took": took,
        }

    def date(self, date: Milestone) -> dict[str, Any]:
        return {
            "code": date.code,
            "text": self._dated(date),
            "at": moment(date.at) or None,
            "is_to_come": date.is_to_come,
            **date.values,
        }

    def _dated(self, date: Milestone) -> str:
        values = dict(date.values)
        if "amount_minor" in values:
            values["amount"] = self.formats.money(abs(values["amount_minor"]))
        if date.at is not None:
            values["at"] = self.formats.when(date.at)
        return _date_text(date) % values

    def words(self, line: LineExplanation, amount: AmountExplanation) -> str:
        """The whole derivation in sentences, a paragraph for each part of the story."""
        paragraphs = [
            self._headline(line, amount),
            self.joined(step for step in amount.steps if step.code in OF_SALE),
            self.joined(step for step in amount.steps if step.code in OF_RULES),
            "" if amount.campaign else self.verdicts(line),
            self.joined(step for step in amount.steps if step.code not in OF_SALE | OF_RULES),
            _("So there is no commission.") if not amount.amount_minor else "",
            *self.afterwards(amount),
            " ".join(self.dates(amount)),
        ]
        return "\n".join(text for text in paragraphs if text)

    def person(self, koc: KocRecord) -> str:
        return f"{koc.name} ({koc.key})" if self.for_staff else koc.name

    def verdicts(self, line: LineExplanation) -> str:
        """Why each rule won or lost, one a line."""
        return "\n".join(self._looked_at(line.rules))

    def afterwards(self, amount: AmountExplanation) -> list[str]:
        """What happened to an amount since, and what that came to."""
        now = self.joined(amount.now)
        return [
            "\n".join(self.change(change)["text"] for change in amount.since),
            now,
            _("It is worth %(net)s now.") % {"net": self.formats.money(amount.net_minor)} if amount.now else "",
        ]

    def dates(self, amount: AmountExplanation) -> list[str]:
        """When what became of an amount, and what is to come; a sentence each."""
        return [self._dated(date) for date in amount.dates] if amount.commission else []

    def _looked_at(self, rules: Sequence[RuleVerdict]) -> Iterator[str]:
        """A line for each rule. Who is no staff reads those of one plan without its name, and of the one that won no more
        than that it applies, which stands above."""
        is_brief = not self.for_staff and len({(rule.decision.plan, rule.decision.version) for rule in rules}) == 1
        for rule in rules:
            if is_brief and rule.verdict != "won":
                yield f"· {rule.position}: {verdict_text(rule)}"
            elif not is_brief:
                yield f"· {self.rule(rule)['text']}"

    def _headline(self, line: LineExplanation, amount: AmountExplanation) -> str:
        params = {
            "koc": amount.koc.name if amount.koc else _("Nobody"),
            "level": amount.level,
            "line": line.key,
            "sku": line.sku,
            "order": line.order_key,
        }
        if amount.koc:
            params["koc"] = self.person(amount.koc)
        if not amount.amount_minor:
            return _("Order %(order)s, line %(line)s (%(sku)s), level %(level)s: nothing for %(koc)s.") % params
        return _("Order %(order)s, line %(line)s (%(sku)s), level %(level)s: %(amount)s for %(koc)s.") % (
            params | {"amount": self.formats.money(amount.amount_minor)}
        )

    def joined(self, steps: Iterable[Step]) -> str:
        return " ".join(step_text(step, self.formats) for step in steps)


def _date_text(date: Milestone) -> str:
    if date.is_to_come:
        return _to_come(date)
    if date.code == "paid_out":
        return (
            _("The statement of %(period)s was paid out on %(at)s.")
            if date.at
            else _("The statement of %(period)s is paid out.")
        )
    if date.code == "given_back":
        return _given_back(date)
    return {
        "paid": _("The order was paid on %(at)s."),
        "made": _("The commission was made on %(at)s."),
        "delivered": _("The order was delivered on %(at)s."),
        "parcel": _("A parcel with it was delivered on %(at)s."),
        "approval_withdrawn": _("A later delivery was reported on %(at)s: the hold began anew."),
        "approved": _("The hold ended on %(at)s: approved."),
        "statement": _("%(amount)s is on the statement of %(period)s."),
    }[date.code]


def _given_back(date: Milestone) -> str:
    if "reason" in date.values:
        return (
            _("The bank gave this payment back on %(at)s (%(reason)s): the statement of %(period)s can be paid again.")
            if date.at
            else _("The bank gave this payment back (%(reason)s): the statement of %(period)s can be paid again.")
        )
    return (
        _("The bank gave this payment back on %(at)s: the statement of %(period)s can be paid again.")
        if date.at
        else _("The bank gave this payment back: the statement of %(period)s can be paid again.")
    )


def _to_come(date: Milestone) -> str:
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


def reason_text(reason: str) -> str:
    """Why a review was opened, as a KOC may read it."""
    reasons = {
        "self_purchase": _("own purchase"),
        "duplicate": _("sold twice"),
        "fraud": _("fraud"),
        "terms": _("against the terms"),
        "tracking": _("credited by mistake"),
        "risk_rule": _("a risk rule"),
        "doubt": _("a refund or cancellation in doubt"),
        "told_again": _("the order was told again, and is credited anew"),
    }
    return reasons.get(reason, _("another reason"))


def verdict_text(rule_verdict: RuleVerdict) -> str:
    """Why a rule won or lost."""
    verdict, rule, winner = rule_verdict.verdict, rule_verdict.rule, rule_verdict.winner
    if verdict == "won":
        return _("won.")
    if verdict == "outbid":
        return _("holds, but another plan applies.")
    if verdict in {"sku", "category", "tier", "channel", "customer"}:
        return _failed(verdict, rule, rule_verdict.decision)
    params: dict[str, Any] = {"winner": winner.position + 1 if winner else "—"}
    if verdict == "priority" and winner:
        return _("holds, but rule %(winner)s has the higher priority (%(high)s, not %(low)s).") % (
            params | {"high": winner.priority, "low": rule.priority}
        )
    if verdict == "conditions" and winner:
        return _("holds, but rule %(winner)s makes more conditions (%(more)s, not %(less)s).") % (
            params | {"more": winner.conditions, "less": rule.conditions}
        )
    return _("holds, but rule %(winner)s stands before it.") % params


def _failed(verdict: str, rule: RuleRecord, decision: DecisionRecord) -> str:
    if verdict == "customer":
        expected = _("new customers") if rule.customer == "new" else _("returning customers")
        customer = {"new": _("a new one"), "returning": _("a returning one")}.get(decision.customer, _("a guest"))
        return _("does not hold: it is for %(wanted)s, and this was %(seen)s.") % {"wanted": expected, "seen": customer}
    expected_values = {"sku": rule.skus, "category": rule.categories, "tier": rule.tiers, "channel": rule.channels}[
        verdict
    ]
    actual_values = {
        "sku": [decision.sku],
        "category": [decision.category],
        "tier": decision.tiers,
        "channel": decision.channels,
    }[verdict]
    return _("does not hold: it is for %(wanted)s, and this was %(seen)s.") % {
        "wanted": ", ".join(expected_values),
        "seen": _listed(actual_values),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or _("none") for name in names)
