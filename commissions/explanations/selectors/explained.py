"""Explanations of what orders earned, and of what they did not: every amount with its steps, what happened since, and
the dates still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, LineTerms, MissedBonus
from commissions.earnings.models.credits import OrderCredit
from commissions.explanations.domain.explanations import (
    Basis,
    Step,
    amount_of,
    bonus_derivation,
    derivation,
    levels,
    sold_step,
    zero_because,
)
from commissions.explanations.selectors.facts import OrderFacts, order_facts
from commissions.explanations.selectors.rules import RuleLooked, plan_steps, rules_looked_at
from commissions.explanations.selectors.since import Moment, Since, changes_since, dates_of
from commissions.orders.models import Order, OrderLine
from commissions.plans.domain.bonuses import Bonus, worth
from commissions.plans.domain.rates import Terms, total_cap
from commissions.plans.models.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Explained:
    """Why one KOC has an amount for one line at one level, or has none. `now` are the steps by what is left, where
    something happened since."""

    line: OrderLine
    level: int
    credit: OrderCredit
    koc: Koc | None
    campaign: Campaign | None
    commission: Commission | None
    steps: Sequence[Step]
    since: Sequence[Since]
    now: Sequence[Step]
    dates: Sequence[Moment]

    @property
    def amount_minor(self) -> int:
        return amount_of(self.steps)

    @property
    def net_minor(self) -> int:
        return amount_of(self.now) if self.now else self.amount_minor

    @property
    def zero_because(self) -> str:
        return zero_because(self.steps)

    @property
    def adds_up(self) -> bool:
        """Whether the steps come to what is booked."""
        if self.commission is None:
            return self.amount_minor == 0
        return (self.amount_minor, self.net_minor) == (self.commission.amount_minor, self.commission.net_minor)


@dataclass(frozen=True, slots=True)
class LineExplained:
    line: OrderLine
    sku: str
    sold: Step
    rules: Sequence[RuleLooked]
    amounts: Sequence[Explained]


@dataclass(frozen=True, slots=True)
class OrderExplained:
    """`rest` counts lines that are not among `lines`."""

    order: Order
    credit: Step
    lines: Sequence[LineExplained]
    rest: int

    @property
    def amounts(self) -> list[Explained]:
        return [amount for line in self.lines for amount in line.amounts]


def explain_order(order_id: int, *, most_lines: int | None = None) -> OrderExplained:
    """Every line of an order with all that it earned or did not. Raises Order.DoesNotExist."""
    facts = order_facts(order_id, most_lines=most_lines)
    return OrderExplained(
        facts.order, credit_step(facts, None), [_explain_line(facts, line) for line in facts.lines], facts.rest
    )


def explain_commission(commission: Commission) -> tuple[LineExplained, Explained]:
    """One commission, with the line that it is for."""
    facts = order_facts(commission.line.order_id, line_id=commission.line_id)
    line = _explain_line(facts, facts.lines[0])
    return line, next(one for one in line.amounts if one.commission is not None and one.commission.pk == commission.pk)


def credit_step(facts: OrderFacts, credit: OrderCredit | None) -> Step:
    """Whom the order is credited to, and by what; of all that were seen, or of one part."""
    order, seen = facts.order, facts.order.credit_seen or {}
    values: dict[str, Any] = {"how": order.credit or "unanswered"}
    values |= {
        name: seen[name]
        for name in ("model", "window_days", "visits", "visited_at", "why", "bound", "coupon")
        if name in seen
    }
    if credit is not None:
        touched = [moment for koc, moment in seen.get("touches", ()) if koc == credit.koc_id]
        values |= {
            "credit_bps": credit.credit_bps,
            "koc": credit.koc.name,
            "share": credit.share.code if credit.share else None,
        }
        values |= {"touches": len(touched)} if touched else {}
    elif facts.named is not None:
        values["koc"] = facts.named.name
    return Step("credit", values)


def _explain_line(facts: OrderFacts, line: OrderLine) -> LineExplained:
    answer: LineTerms | None = getattr(line, "answer", None)
    sold = facts.sold_by(facts.answered_version, line) or facts.sold_by(None, line)
    decision = facts.decisions.get(answer.decision_id or 0) if answer else None
    amounts = [*_planned(facts, line, answer), *_bonuses(facts, line, answer), *_missed(facts, line)] if answer else []
    return LineExplained(
        line=line,
        sku=decision.seen["sku"] if decision else line.product.sku,
        sold=sold_step(sold) if sold else Step("base", {}),
        rules=rules_looked_at(facts, answer) if answer else [],
        amounts=amounts,
    )


def terms_of(answer: LineTerms) -> Terms:
    return Terms(answer.rate_bps, answer.fixed_minor, answer.override_bps, answer.cap_minor, answer.total_cap_bps)


def _planned(facts: OrderFacts, line: OrderLine, answer: LineTerms) -> list[Explained]:
    """What the plan gives each part at both levels, whether that is something or nothing."""
    made = {(one.level, one.credit_id): one for one in facts.earned.get(line.pk, ()) if one.campaign_id is None}
    return [
        _plan_amount(facts, line, answer, level, place, made.get((level, credit.pk)))
        for place, credit in enumerate(facts.credits)
        for level in (1, 2)
    ]  # fmt: skip


def _plan_amount(
    facts: OrderFacts, line: OrderLine, answer: LineTerms, level: int, place: int, commission: Commission | None
) -> Explained:
    credit, terms, parts = facts.credits[place], terms_of(answer), facts.parts
    sold, basis = _start(facts, line, commission)
    steps = [sold, credit_step(facts, credit), *plan_steps(facts, answer, basis)]
    if answer.rule_id:
        before = [_left_step(basis)] if commission is not None and basis.left_minor < basis.base_minor else []
        steps += before + _of_level(credit, derivation(terms, parts, basis, level=level, place=place))
    since = changes_since(facts, commission) if commission else []
    now = _plan_now(facts, line, terms, level, place, commission) if commission and since else []
    koc = credit.koc if level == 1 else credit.sponsor
    return Explained(line, level, credit, koc, None, commission, steps, since, now, dates_of(facts, commission))


def _of_level(credit: OrderCredit, steps: list[Step]) -> list[Step]:
    """The steps with what is known of the KOC: the tier behind a multiplier, and why nobody is paid level 2."""
    known = {"multiplier": {"tier": credit.tier}, "no_level_2": {"why": credit.no_level_2 or "unknown"}}
    return [Step(step.code, {**step.values, **known.get(step.code, {})}) for step in steps]


def _start(facts: OrderFacts, line: OrderLine, commission: Commission | None) -> tuple[Step, Basis]:
    """What the first amount was computed from: the line as it stood when the order was answered, or when a refund or an
    amendment made the commission."""
    version = next(
        (one for one in facts.versions if commission is not None and one.pk == commission.version_id),
        facts.answered_version,
    )
    left = commission.left_minor if commission is not None else None
    sold = facts.sold_by(version, line)
    if sold is None:  # the line came with an amendment, and nothing was ever made of it
        basis, standing = facts.basis_now(line), facts.sold_by(None, line)
        return sold_step(standing) if standing else Step("base", {}), basis
    return sold_step(sold), Basis(sold.base_minor, sold.base_minor if left is None else left, sold.quantity)


def _plan_now(
    facts: OrderFacts, line: OrderLine, terms: Terms, level: int, place: int, commission: Commission
) -> list[Step]:
    if commission.void_from is not None:
        return [Step("void", {"amount_minor": 0})]
    basis = facts.basis_now(line)
    steps = _of_level(facts.credits[place], derivation(terms, facts.parts, basis, level=level, place=place))
    return [_left_step(basis), *steps]


def _left_step(basis: Basis) -> Step:
    return Step(
        "left",
        {
            "base_minor": basis.base_minor,
            "refunded_minor": basis.base_minor - basis.left_minor,
            "left_minor": basis.left_minor,
        },
    )


def _bonuses(facts: OrderFacts, line: OrderLine, answer: LineTerms) -> list[Explained]:
    """What campaigns paid on top, in the order in which they did, each with the room that the plan and those before it
    left."""
    basis, terms = facts.basis_now(line), terms_of(answer)
    room = total_cap(terms, basis.left_minor) - _planned_minor(facts, terms, basis)
    found = []
    for one in facts.earned.get(line.pk, ()):
        if one.campaign is not None:
            bonus = _bonus_of(one)
            found.append(_bonus_amount(facts, line, one, bonus, room))
            room -= min(worth(bonus, basis.left_minor), max(0, room))
    return found


def _planned_minor(facts: OrderFacts, terms: Terms, basis: Basis) -> int:
    if (terms.rate_bps is None and terms.fixed_minor is None) or not facts.credits:
        return 0
    return sum(sum(level.given) for level in levels(terms, facts.parts, basis))


def _bonus_of(commission: Commission) -> Bonus:
    frozen, campaign = commission.bonus, commission.campaign
    steps = campaign.steps if campaign else []
    return Bonus(
        frozen.base_minor, frozen.granted_minor, frozen.fixed_minor, frozen.own_base_minor, frozen.from_minor, steps
    )


def _bonus_amount(facts: OrderFacts, line: OrderLine, commission: Commission, bonus: Bonus, room: int) -> Explained:
    sold, _ = _start(facts, line, commission)
    steps = [sold, credit_step(facts, commission.credit), _campaign_step(commission.campaign)]
    steps += bonus_derivation(bonus, left_minor=bonus.base_minor, room_minor=commission.bonus.room_minor)
    since = changes_since(facts, commission)
    now = _bonus_now(facts, line, commission, bonus, room) if since else []
    return Explained(
        line,
        1,
        commission.credit,
        commission.koc,
        commission.campaign,
        commission,
        steps,
        since,
        now,
        dates_of(facts, commission),
    )


def _bonus_now(facts: OrderFacts, line: OrderLine, commission: Commission, bonus: Bonus, room: int) -> list[Step]:
    """A bonus that was taken back does not come back, so it may be less than its steps give."""
    if commission.void_from is not None:
        return [Step("void", {"amount_minor": 0})]
    basis = facts.basis_now(line)
    steps = [
        _left_step(basis),
        *bonus_derivation(bonus, left_minor=basis.left_minor, room_minor=max(0, room), limit="granted"),
    ]
    if commission.net_minor < amount_of(steps):
        steps.append(Step("not_given_back", {"amount_minor": commission.net_minor}))
    return steps


def _campaign_step(campaign: Campaign | None) -> Step:
    return Step("campaign", {"campaign": str(campaign), "kind": campaign.kind} if campaign else {})


def _missed(facts: OrderFacts, line: OrderLine) -> list[Explained]:
    """Bonuses that came to nothing."""
    made = {(one.campaign_id, one.credit_id) for one in facts.earned.get(line.pk, ())}
    credits = {credit.pk: credit for credit in facts.credits}
    return [
        _missed_amount(facts, line, one, credits[one.credit_id])
        for one in facts.missed.get(line.pk, ())
        if (one.campaign_id, one.credit_id) not in made
    ]


def _missed_amount(facts: OrderFacts, line: OrderLine, missed: MissedBonus, credit: OrderCredit) -> Explained:
    sold, _ = _start(facts, line, None)
    code = "bonus_guard" if missed.because == MissedBonus.Because.GUARD else "budget"
    nothing = Step(code, {"whole_minor": missed.amount_minor, "amount_minor": 0, "is_cut": True})
    steps = [sold, credit_step(facts, credit), _campaign_step(missed.campaign), nothing]
    return Explained(line, 1, credit, credit.koc, missed.campaign, None, steps, [], [], [])
