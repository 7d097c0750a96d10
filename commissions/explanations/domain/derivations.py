"""Every amount of an order from its record: the steps that lead to it, what happened to it since, the dates to come.

The entry point is `derive`."""

from collections.abc import Iterator, Sequence

from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.domain.origins import campaign_step, credit_step, plan_steps, sold_step
from commissions.explanations.domain.records import (
    BonusRecord,
    CampaignRecord,
    CommissionRecord,
    CreditRecord,
    KocRecord,
    LineRecord,
    MissedBonusRecord,
    OrderRecord,
    TermsRecord,
    sold_by,
)
from commissions.explanations.domain.rule_verdicts import rule_verdicts
from commissions.explanations.domain.steps import (
    Basis,
    Step,
    amount_of,
    bonus_steps,
    level_steps,
    levels,
    zero_because,
)
from commissions.explanations.domain.timeline import Change, Milestone, changes_since, milestones
from commissions.plans.domain.bonuses import worth
from commissions.plans.domain.rates import Terms, total_cap


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


def _line(order: OrderRecord, line: LineRecord) -> LineExplanation:
    terms = line.terms
    sold = sold_by(order.first_version, line) or line.sold
    amounts = [*_planned(order, line, terms), *_bonuses(order, line, terms), *_missed(order, line)] if terms else []
    return LineExplanation(
        order_key=order.key,
        key=line.key,
        sku=terms.decision.sku if terms and terms.decision else line.sku,
        sold=sold_step(sold),
        rules=rule_verdicts(terms) if terms else [],
        amounts=amounts,
    )


def _amount(
    line: LineRecord,
    credit: CreditRecord,
    commission: CommissionRecord | None,
    steps: Sequence[Step],
    *,
    level: int = 1,
    koc: KocRecord | None,
    campaign: CampaignRecord | None = None,
    since: Sequence[Change] = (),
    now: Sequence[Step] = (),
    dates: Sequence[Milestone] = (),
) -> AmountExplanation:
    """An amount with the result of its steps, compared with what is booked."""
    amount_minor = amount_of(steps)
    net_minor = amount_of(now) if now else amount_minor
    booked = (commission.amount_minor, commission.net_minor) if commission else (0, 0)
    return AmountExplanation(
        line_key=line.key,
        level=level,
        credit=credit,
        koc=koc,
        campaign=campaign,
        commission=commission,
        steps=steps,
        since=since,
        now=now,
        dates=dates,
        amount_minor=amount_minor,
        net_minor=net_minor,
        zero_because=zero_because(steps),
        adds_up=(amount_minor, net_minor) == booked,
    )


# What the plan gives.


def _planned(order: OrderRecord, line: LineRecord, terms: TermsRecord) -> Iterator[AmountExplanation]:
    """Both levels of each part of the credit, amounts of 0 too."""
    commissions = {
        (commission.level, commission.credit): commission for commission in line.commissions if commission.bonus is None
    }
    for place, credit in enumerate(order.credits):
        for level in (1, 2):
            yield _plan_amount(order, line, terms, level, place, commissions.get((level, credit.id)))


def _plan_amount(
    order: OrderRecord,
    line: LineRecord,
    terms: TermsRecord,
    level: int,
    place: int,
    commission: CommissionRecord | None,
) -> AmountExplanation:
    credit = order.credits[place]
    sold, basis = _start(order, line, commission)
    steps = [sold, credit_step(order, credit), *plan_steps(order, terms, basis)]
    if terms.rule is not None:
        refunded = [_left_step(basis)] if commission is not None and basis.left_minor < basis.base_minor else []
        steps += refunded + _level_steps(order, terms.terms, basis, level, place)
    since = changes_since(order, line, commission) if commission else []
    return _amount(
        line,
        credit,
        commission,
        steps,
        level=level,
        koc=credit.koc if level == 1 else credit.sponsor,
        since=since,
        now=_plan_now(order, line, terms.terms, level, place, is_void=commission.is_void)
        if commission and since
        else [],
        dates=milestones(order, commission),
    )


def _start(order: OrderRecord, line: LineRecord, commission: CommissionRecord | None) -> tuple[Step, Basis]:
    """What the first amount was computed from: the line as it was when the order was credited, or when a refund or an
    amendment created the commission."""
    version = next(
        (version for version in order.versions if commission is not None and version.id == commission.version),
        order.first_version,
    )
    sold = sold_by(version, line)
    if sold is None:  # an amendment added the line, and it never had a commission
        return sold_step(line.sold), basis_now(order, line)
    left_minor = commission.left_minor if commission is not None else None
    return sold_step(sold), Basis(sold.base_minor, sold.base_minor if left_minor is None else left_minor, sold.quantity)


def basis_now(order: OrderRecord, line: LineRecord) -> Basis:
    """What is left of a line after all applied versions and refunds; a cancellation leaves nothing."""
    sold = sold_by(order.versions[-1] if order.versions else None, line)
    base, quantity = (sold.base_minor, sold.quantity) if sold else (0, 0)
    refunded = sum(refund.amount_of(line.key) or 0 for refund in order.refunds)
    is_cancelled = any(refund.is_cancellation for refund in order.refunds)
    return Basis(base, 0 if is_cancelled else max(0, base - refunded), quantity)


def _plan_now(
    order: OrderRecord, line: LineRecord, terms: Terms, level: int, place: int, *, is_void: bool
) -> list[Step]:
    if is_void:
        return [Step("void", {"amount_minor": 0})]
    basis = basis_now(order, line)
    return [_left_step(basis), *_level_steps(order, terms, basis, level, place)]


def _level_steps(order: OrderRecord, terms: Terms, basis: Basis, level: int, place: int) -> list[Step]:
    """The steps with details of the KOC: the tier of a multiplier, and why nobody is paid level 2."""
    credit = order.credits[place]
    details = {"multiplier": {"tier": credit.tier}, "no_level_2": {"why": credit.no_level_2 or "unknown"}}
    steps = level_steps(terms, [credit.part for credit in order.credits], basis, level=level, place=place)
    return [Step(step.code, {**step.values, **details.get(step.code, {})}) for step in steps]


def _left_step(basis: Basis) -> Step:
    refunded = basis.base_minor - basis.left_minor
    return Step("left", {"base_minor": basis.base_minor, "refunded_minor": refunded, "left_minor": basis.left_minor})


# What campaigns give on top.


def _bonuses(order: OrderRecord, line: LineRecord, terms: TermsRecord) -> Iterator[AmountExplanation]:
    """What campaigns paid on top, in the order of payment, each with the room that the plan and those before it
    left."""
    basis = basis_now(order, line)
    room = total_cap(terms.terms, basis.left_minor) - _planned_minor(order, terms.terms, basis)
    for commission in line.commissions:
        if commission.bonus is not None:
            yield _bonus_amount(order, line, commission, commission.bonus, room)
            room -= min(worth(commission.bonus.bonus, basis.left_minor), max(0, room))


def _planned_minor(order: OrderRecord, terms: Terms, basis: Basis) -> int:
    if (terms.rate_bps is None and terms.fixed_minor is None) or not order.credits:
        return 0
    return sum(sum(level.given) for level in levels(terms, [credit.part for credit in order.credits], basis))


def _bonus_amount(
    order: OrderRecord, line: LineRecord, commission: CommissionRecord, bonus: BonusRecord, room: int
) -> AmountExplanation:
    sold, _ = _start(order, line, commission)
    credit = next(credit for credit in order.credits if credit.id == commission.credit)
    steps = [sold, credit_step(order, credit), campaign_step(bonus.campaign)]
    steps += bonus_steps(bonus.bonus, left_minor=bonus.bonus.base_minor, room_minor=bonus.room_minor)
    since = changes_since(order, line, commission)
    return _amount(
        line,
        credit,
        commission,
        steps,
        koc=commission.koc,
        campaign=bonus.campaign,
        since=since,
        now=_bonus_now(order, line, commission, bonus, room) if since else [],
        dates=milestones(order, commission),
    )


def _bonus_now(
    order: OrderRecord, line: LineRecord, commission: CommissionRecord, bonus: BonusRecord, room: int
) -> list[Step]:
    """A bonus that was reversed is not restored, so it may be less than its steps give."""
    if commission.is_void:
        return [Step("void", {"amount_minor": 0})]
    basis = basis_now(order, line)
    steps = [
        _left_step(basis),
        *bonus_steps(bonus.bonus, left_minor=basis.left_minor, room_minor=max(0, room), limit="granted"),
    ]
    if commission.net_minor < amount_of(steps):
        steps.append(Step("not_given_back", {"amount_minor": commission.net_minor}))
    return steps


def _missed(order: OrderRecord, line: LineRecord) -> Iterator[AmountExplanation]:
    """Bonuses of 0."""
    paid = {
        (commission.bonus.campaign.key, commission.credit)
        for commission in line.commissions
        if commission.bonus is not None
    }
    credits = {credit.id: credit for credit in order.credits}
    for missed in line.missed:
        if (missed.campaign.key, missed.credit) not in paid:
            yield _missed_amount(order, line, missed, credits[missed.credit])


def _missed_amount(
    order: OrderRecord, line: LineRecord, missed: MissedBonusRecord, credit: CreditRecord
) -> AmountExplanation:
    sold, _ = _start(order, line, None)
    code = "bonus_guard" if missed.because == "guard" else "budget"
    nothing = Step(code, {"whole_minor": missed.amount_minor, "amount_minor": 0, "is_cut": True})
    steps = [sold, credit_step(order, credit), campaign_step(missed.campaign), nothing]
    return _amount(line, credit, None, steps, koc=credit.koc, campaign=missed.campaign)
