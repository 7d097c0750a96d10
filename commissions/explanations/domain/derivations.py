"""Every amount of an order from its record: the steps that lead to it, what happened to it since, the dates to come.

The entry points are `derive` and `derive_commission`."""

from collections.abc import Iterator

from commissions.explanations.domain.amount_steps import Entitlement, credit_step, first_sold, steps_now, steps_of
from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.domain.records import LineRecord, OrderRecord, TermsRecord
from commissions.explanations.domain.rule_verdicts import rule_verdicts
from commissions.explanations.domain.timeline import changes_since, milestones


def derive(order: OrderRecord) -> OrderExplanation:
    """Every line of an order with all that it earned or did not: what the plan pays each part of the credit at both
    levels, then what campaigns paid on top, then what they did not pay for lack of room or budget.

    Amounts in the minor unit. An amount whose steps do not add up to what is booked is returned unchanged, with
    `adds_up` False."""
    return OrderExplanation(
        key=order.key,
        public_id=order.public_id,
        currency=order.currency,
        zone=order.zone,
        lines=[_line(order, line) for line in order.lines],
        credit=credit_step(order, None),
        rest=order.rest,
    )


def derive_commission(order: OrderRecord, commission: int) -> tuple[LineExplanation, AmountExplanation]:
    """The line and the amount of one commission of an order, by its number. Raises StopIteration for any other."""
    return next(
        (line, amount)
        for line in derive(order).lines
        for amount in line.amounts
        if amount.commission is not None and amount.commission.id == commission
    )


def _line(order: OrderRecord, line: LineRecord) -> LineExplanation:
    terms = line.terms
    entitlements = _entitlements(order, line)
    return LineExplanation(
        order_key=order.key,
        key=line.key,
        sku=terms.decision.sku if terms and terms.decision else line.sku,
        rules=rule_verdicts(terms) if terms else [],
        amounts=[_amount(order, line, terms, entitled) for entitled in entitlements] if terms else [],
        sold=first_sold(order, line),
    )


def _entitlements(order: OrderRecord, line: LineRecord) -> Iterator[Entitlement]:
    """Both levels of each part of the credit; then bonuses, in the order of payment; then those that came to
    nothing."""
    credits = {credit.id: credit for credit in order.credits}
    planned = {(made.level, made.credit): made for made in line.commissions if made.bonus is None}
    for credit in order.credits:
        for level in (1, 2):
            yield Entitlement(credit, level, planned.get((level, credit.id)))
    paid = set()
    for made in line.commissions:
        if made.bonus is not None:
            paid.add((made.bonus.campaign.key, made.credit))
            yield Entitlement(credits[made.credit], 1, made)
    for missed in line.missed:
        if (missed.campaign.key, missed.credit) not in paid:
            yield Entitlement(credits[missed.credit], 1, None, missed)


def _amount(order: OrderRecord, line: LineRecord, terms: TermsRecord, entitled: Entitlement) -> AmountExplanation:
    """An amount with all that leads to it. The steps by what is left are given where something happened since."""
    commission, credit = entitled.commission, entitled.credit
    since = changes_since(order, line, commission) if commission else []
    return AmountExplanation(
        line_key=line.key,
        level=entitled.level,
        credit=credit,
        koc=credit.koc if entitled.level == 1 else credit.sponsor,
        campaign=entitled.campaign,
        commission=commission,
        since=since,
        dates=milestones(order, line.key, commission) if commission or entitled.campaign is None else [],
        steps=steps_of(order, line, terms, entitled),
        now=steps_now(order, line, terms, credit, commission) if commission and since else [],
    )
