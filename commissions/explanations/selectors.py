"""Read an order and its commissions once: as many queries for one line as for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, Decision, FoundTerms, MissedBonus, Reversal
from commissions.earnings.models.credits import FormerAnswer, OrderCredit
from commissions.explanations.domain.records import (
    BindingRecord,
    BonusRecord,
    CampaignRecord,
    CommissionRecord,
    CouponRecord,
    CreditRecord,
    CreditSeen,
    DecisionRecord,
    DeliveryRecord,
    GivenBackRecord,
    KocRecord,
    LineRecord,
    MissedBonusRecord,
    OrderRecord,
    PlanRecord,
    RefundRecord,
    ReversalRecord,
    ReviewRecord,
    RuleRecord,
    SoldLineRecord,
    StatementLineRecord,
    TermsRecord,
    VerdictRecord,
    VersionRecord,
)
from commissions.orders.models import Delivery, Order, OrderLine, OrderVersion, Refund, VersionLine
from commissions.payouts.models import PayoutLine
from commissions.plans.domain.bonuses import Bonus
from commissions.plans.domain.rates import CreditPart, Terms
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan, Rule
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.settlement.selectors.settlement import latest_settlement

Grouped = Mapping[int, Sequence[Any]]


def commission_record(commission: Commission) -> OrderRecord:
    """The order of a commission with the one line that it is for, by the answer that it is of."""
    return order_record(commission.line.order_id, line_id=commission.line_id, former=commission.credit.former)


def order_record(
    order_id: int, *, line_id: int | None = None, most_lines: int | None = None, former: FormerAnswer | None = None
) -> OrderRecord:
    """Read an order: one of its lines, or the first `most_lines`, or all, in the order of their positions; as it is
    answered, or by a `former` answer.

    Writes and locks nothing. Raises Order.DoesNotExist."""
    order = Order.objects.select_related("brand").get(pk=order_id)
    all_lines = order.lines.select_related(
        "product", "answer__plan", "answer__protected_from", "answer__rule"
    ).order_by("position")
    lines = list((all_lines if line_id is None else all_lines.filter(pk=line_id))[:most_lines])
    latest, answer = latest_settlement(order.brand), former or order
    evidence, credits = answer.credit_seen or {}, list(_credits(order, former))
    return OrderRecord(
        key=order.number,
        public_id=order.public_id,
        currency=order.brand.currency,
        zone=order.brand.timezone,
        paid_at=order.paid_at,
        credit=answer.credit,
        seen=_credit_seen(evidence),
        would_be=Koc.objects.filter(pk=evidence.get("koc", 0)).values_list("name", flat=True).first(),
        credits=tuple(map(_credit, credits)),
        lines=_lines(lines, [credit.pk for credit in credits], former),
        rest=order.lines.count() - len(lines) if line_id is None and most_lines is not None else 0,
        versions=tuple(map(_version, _applied_versions(order))),
        refunds=tuple(map(_refund, _applied_refunds(order))),
        deliveries=tuple(map(_delivery, _deliveries(order))),
        settled_period=latest.period if latest else "",
    )


# The rows of an order, a query for each kind.


@dataclass(frozen=True, slots=True)
class _EarningRows:
    """The rows of what the lines earned: line → commissions and missed bonuses, commission → its lines on statements,
    statement → its payments that the bank made, those that it gave back too."""

    commissions: Grouped
    missed: Grouped
    statement_lines: Grouped
    payments: Mapping[int, Sequence[PayoutLine]]


def _lines(lines: Sequence[OrderLine], credits: Sequence[int], former: FormerAnswer | None) -> tuple[LineRecord, ...]:
    if former is None:
        found: Mapping[int, FoundTerms] = {line.pk: line.answer for line in lines if hasattr(line, "answer")}
    else:
        of_then = former.terms.select_related("plan", "protected_from", "rule").filter(line__in=lines)
        found = {terms.line_id: terms for terms in of_then}
    decisions = _decisions(list(found.values()))
    earned = _earned([line.pk for line in lines], credits)
    return tuple(_line(line, found.get(line.pk), decisions, earned) for line in lines)


def _decisions(terms: Sequence[FoundTerms]) -> dict[int, DecisionRecord]:
    """The decisions behind the terms of the lines, and those on other plans that were compared."""
    decision_ids = {line_terms.decision_id for line_terms in terms if line_terms.decision_id} | {
        pk for line_terms in terms for pk in line_terms.compared or ()
    }
    decisions = list(Decision.objects.filter(pk__in=decision_ids))
    rule_ids = {verdict["rule"] for decision in decisions for verdict in decision.verdicts}
    rules = {rule.pk: _rule(rule) for rule in Rule.objects.filter(pk__in=rule_ids)}
    return {decision.pk: _decision(decision, rules) for decision in decisions}


def _earned(lines: Sequence[int], credits: Sequence[int]) -> _EarningRows:
    commissions = list(
        Commission.objects.filter(line__in=lines, credit__in=credits)
        .select_related("koc", "campaign", "bonus")
        .prefetch_related("reversals", "reviews", "withdrawals")
        .order_by("pk")
    )
    statement_lines = list(
        StatementLine.objects.filter(commission__in=[commission.pk for commission in commissions])
        .exclude(statement__status=Statement.Status.VOID)
        .select_related("statement")
        .order_by("statement__period", "pk")
    )
    missed = MissedBonus.objects.filter(line__in=lines, credit__in=credits).select_related("campaign")
    return _EarningRows(
        commissions=_grouped_by(commissions, "line_id"),
        missed=_grouped_by(missed.order_by("campaign", "credit__place"), "line_id"),
        statement_lines=_grouped_by(statement_lines, "commission_id"),
        payments=_payments({row.statement_id for row in statement_lines}),
    )


def _payments(statements: Collection[int]) -> Grouped:
    made = (PayoutLine.Status.PAID, PayoutLine.Status.RETURNED)
    lines = PayoutLine.objects.filter(statement__in=statements, status__in=made).order_by("pk")
    return _grouped_by(lines, "statement_id")


def _credits(order: Order, former: FormerAnswer | None) -> Iterable[OrderCredit]:
    of_answer = OrderCredit.objects.filter(order=order) if former is None else former.credits
    return of_answer.select_related("koc", "sponsor", "share").order_by("place")


def _applied_versions(order: Order) -> Iterable[OrderVersion]:
    applied = order.versions.filter(status=OrderVersion.Status.APPLIED)
    return applied.prefetch_related("lines").order_by("reported_at")


def _applied_refunds(order: Order) -> Iterable[Refund]:
    """Those that stand, and those that took something while they stood."""
    told = Refund.objects.filter(brand=order.brand_id, shop=order.shop, order_key=order.key)
    took = Q(status=Refund.Status.APPLIED) | Exists(Reversal.objects.filter(refund=OuterRef("pk")))
    return told.filter(took).prefetch_related("lines").order_by("refunded_at", "pk")


def _deliveries(order: Order) -> Iterable[Delivery]:
    told = Delivery.objects.filter(brand=order.brand_id, shop=order.shop, order_key=order.key, refusal="")
    return told.order_by("hold_ends_at", "pk")


def _grouped_by(rows: Iterable[Any], field: str) -> Grouped:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, field)].append(row)
    return grouped


# A record of each row.


def _delivery(delivery: Delivery) -> DeliveryRecord:
    return DeliveryRecord(delivery.delivered_at, delivery.hold_ends_at, tuple(delivery.lines))


def _credit_seen(evidence: Mapping[str, Any]) -> CreditSeen:
    bound, coupon = evidence.get("bound"), evidence.get("coupon")
    return CreditSeen(
        model=evidence.get("model"),
        window_days=evidence.get("window_days"),
        visits=evidence.get("visits"),
        visited_at=evidence.get("visited_at"),
        why=evidence.get("why"),
        bound=BindingRecord(bound["by"], bound["since"], bound["until"]) if bound else None,
        coupon=CouponRecord(coupon["code"], coupon.get("lacks")) if coupon else None,
        touches=tuple(koc for koc, _visited_at in evidence.get("touches", ())),
        is_unreadable="phone" in evidence,
        is_known="bought_as" in evidence,
    )


def _credit(credit: OrderCredit) -> CreditRecord:
    return CreditRecord(
        id=credit.pk,
        place=credit.place,
        koc=_koc(credit.koc),
        sponsor=_koc(credit.sponsor) if credit.sponsor else None,
        no_level_2=credit.no_level_2,
        share_code=credit.share.code if credit.share else None,
        tier=credit.tier,
        part=CreditPart(credit.credit_bps, credit.multiplier_bps, credit.sponsor_id is not None),
    )


def _koc(koc: Koc) -> KocRecord:
    return KocRecord(koc.pk, koc.key, koc.name)


def _line(
    line: OrderLine, terms: FoundTerms | None, decisions: Mapping[int, DecisionRecord], earned: _EarningRows
) -> LineRecord:
    return LineRecord(
        key=line.key,
        sku=line.product.sku if line.product else "",
        sold=_sold(line),
        terms=_terms(terms, decisions) if terms is not None else None,
        commissions=tuple(_commission(commission, earned) for commission in earned.commissions.get(line.pk, ())),
        missed=tuple(map(_missed, earned.missed.get(line.pk, ()))),
        refunded_minor=line.refunded_minor,
    )


def _sold(line: OrderLine | VersionLine) -> SoldLineRecord:
    is_goods = line.product_id is not None and min(line.quantity, line.unit_price_minor) >= 0
    return SoldLineRecord(line.quantity, line.unit_price_minor, line.discount_minor, line.base_minor, is_goods)


def _terms(terms: FoundTerms, decisions: Mapping[int, DecisionRecord]) -> TermsRecord:
    return TermsRecord(
        terms=Terms(terms.rate_bps, terms.fixed_minor, terms.override_bps, terms.cap_minor, terms.total_cap_bps),
        plan=_plan(terms.plan),
        protected_from=_plan(terms.protected_from),
        rule=_rule(terms.rule) if terms.rule else None,
        decision=decisions[terms.decision_id] if terms.decision_id else None,
        compared=tuple(decisions[pk] for pk in terms.compared or ()),
    )


def _plan(plan: Plan | None) -> PlanRecord | None:
    return PlanRecord(plan.key, plan.version) if plan else None


def _rule(rule: Rule) -> RuleRecord:
    return RuleRecord(
        position=rule.position,
        priority=rule.priority,
        skus=tuple(rule.skus),
        categories=tuple(rule.categories),
        tiers=tuple(rule.tiers),
        channels=tuple(rule.channels),
        customer=rule.customer,
        rate_bps=rule.rate_bps,
        fixed_minor=rule.fixed_minor,
        override_bps=rule.override_bps,
        cap_minor=rule.cap_minor,
    )


def _decision(decision: Decision, rules: Mapping[int, RuleRecord]) -> DecisionRecord:
    circumstances = decision.seen
    return DecisionRecord(
        plan=circumstances["plan"],
        version=circumstances["version"],
        sku=circumstances["sku"],
        category=circumstances["category"],
        tiers=tuple(circumstances["tiers"]),
        channels=tuple(circumstances["channels"]),
        customer=circumstances["customer"],
        verdicts=tuple(
            VerdictRecord(rules[verdict["rule"]], verdict["position"], verdict["verdict"])
            for verdict in decision.verdicts
        ),
    )


def _commission(commission: Commission, earned: _EarningRows) -> CommissionRecord:
    return CommissionRecord(
        id=commission.pk,
        public_id=commission.public_id,
        koc=_koc(commission.koc),
        credit=commission.credit_id,
        level=commission.level,
        amount_minor=commission.amount_minor,
        net_minor=commission.net_minor,
        settled_minor=commission.settled_minor,
        is_held=commission.status == Commission.Status.HELD,
        is_void=commission.void_from is not None,
        made_at=commission.made_at,
        approved_at=commission.approved_at,
        version=commission.version_id,
        left_minor=commission.left_minor,
        bonus=_bonus(commission, commission.campaign) if commission.campaign else None,
        reversals=tuple(map(_reversal, commission.reversals.all())),
        reviews=tuple(
            ReviewRecord(review.pk, review.reason, review.note, review.opened_at, review.closed_at, review.outcome)
            for review in sorted(commission.reviews.all(), key=lambda review: review.pk)
        ),
        statement_lines=tuple(
            _statement_line(row, earned.payments.get(row.statement_id, ()))
            for row in earned.statement_lines.get(commission.pk, ())
        ),
        withdrawn=tuple(sorted(row.withdrawn_at for row in commission.withdrawals.all() if row.amount_minor)),
    )


def _bonus(commission: Commission, campaign: Campaign) -> BonusRecord:
    row = commission.bonus
    marks = tuple((from_minor, rate_bps) for from_minor, rate_bps in campaign.steps)
    bonus = Bonus(row.base_minor, row.granted_minor, row.fixed_minor, row.own_base_minor, row.from_minor, marks)
    return BonusRecord(_campaign(campaign), bonus, row.room_minor)


def _campaign(campaign: Campaign) -> CampaignRecord:
    return CampaignRecord(campaign.key, campaign.name, campaign.kind)


def _missed(missed: MissedBonus) -> MissedBonusRecord:
    return MissedBonusRecord(missed.credit_id, _campaign(missed.campaign), missed.amount_minor, missed.because)


def _reversal(reversal: Reversal) -> ReversalRecord:
    """A constraint ensures that it has exactly one cause."""
    causes = {"refund": reversal.refund_id, "version": reversal.version_id, "review": reversal.review_id}
    [(cause, cause_id)] = [(name, pk) for name, pk in causes.items() if pk is not None]
    return ReversalRecord(cause, cause_id, reversal.amount_minor)


def _statement_line(row: StatementLine, payments: Sequence[PayoutLine]) -> StatementLineRecord:
    statement = row.statement
    given_back = [payment for payment in payments if payment.status == PayoutLine.Status.RETURNED]
    return StatementLineRecord(
        statement=statement.public_id,
        period=statement.period,
        amount_minor=row.amount_minor,
        is_paid=statement.status == Statement.Status.PAID,
        paid_at=next((payment.paid_at for payment in payments if payment.status == PayoutLine.Status.PAID), None),
        given_back=tuple(GivenBackRecord(one.paid_at, one.returned_at, one.reason) for one in given_back),
    )


def _version(version: OrderVersion) -> VersionRecord:
    lines = tuple((line.key, _sold(line)) for line in version.lines.all())
    return VersionRecord(version.pk, version.reported_at, version.answered, lines)


def _refund(refund: Refund) -> RefundRecord:
    lines = tuple((line.line_key, line.amount_minor) for line in refund.lines.all())
    kinds = Refund.Kind
    return RefundRecord(
        refund.pk, refund.key, refund.kind == kinds.CANCELLATION, refund.refunded_at, lines, refund.amount_minor, refund.kind == kinds.UNDONE
    )  # fmt: skip
