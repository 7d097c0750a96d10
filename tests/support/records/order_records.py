"""Minimal records of an order and of what it earned: 9900 at 12.5 % × 1.1, 3 % for the sponsor, under a guard of 30 %."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from commissions.explanations.domain.records import (
    BonusRecord,
    CampaignRecord,
    CommissionRecord,
    CreditRecord,
    CreditSeen,
    DecisionRecord,
    DeliveryRecord,
    KocRecord,
    LineRecord,
    OrderRecord,
    PlanRecord,
    RefundRecord,
    ReviewRecord,
    RuleRecord,
    SoldLineRecord,
    StatementLineRecord,
    TermsRecord,
    VerdictRecord,
    VersionRecord,
)
from commissions.plans.domain.bonuses import Bonus
from commissions.plans.domain.rates import CreditPart, Terms

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOW, HIGH = KocRecord(1, "low", "Low"), KocRecord(2, "high", "High")
CREDIT = CreditRecord(
    id=10, place=0, koc=LOW, sponsor=HIGH, no_level_2="", share_code="code", tier="seed",
    part=CreditPart(credit_bps=10_000, multiplier_bps=11_000, has_sponsor=True),
)  # fmt: skip
TERMS = Terms(rate_bps=1250, fixed_minor=None, override_bps=300, cap_minor=None, total_cap_bps=3000)
BOUNTY = CampaignRecord("bounty", "", "bounty")


def make_rule(position: int = 0, **values: Any) -> RuleRecord:
    rule = RuleRecord(
        position=position, priority=0, skus=(), categories=(), tiers=(), channels=(), customer="", rate_bps=1250,
        fixed_minor=None, override_bps=300, cap_minor=None,
    )  # fmt: skip
    return replace(rule, **values)


def make_decision(plan: str = "base", *verdicts: str, **rule: Any) -> DecisionRecord:
    """A plan whose rules have these verdicts; without any, its one rule won."""
    judged = tuple(
        VerdictRecord(make_rule(n, **rule), n + 1, verdict) for n, verdict in enumerate(verdicts or ("won",))
    )
    return DecisionRecord(plan, 1, "S1", "skincare", ("seed",), ("moments",), "new", judged)


def make_terms(**values: Any) -> TermsRecord:
    terms = TermsRecord(
        terms=TERMS, plan=PlanRecord("base", 1), protected_from=None, rule=make_rule(), decision=make_decision(),
        compared=(),
    )  # fmt: skip
    return replace(terms, **values)


def make_sold(base_minor: int = 9900, quantity: int = 1) -> SoldLineRecord:
    return SoldLineRecord(quantity, base_minor // max(1, quantity), 0, base_minor)


def make_line(*commissions: CommissionRecord, **values: Any) -> LineRecord:
    line = LineRecord("1", "S-now", make_sold(), make_terms(), commissions, ())
    return replace(line, **values)


def make_order(*lines: LineRecord, **values: Any) -> OrderRecord:
    order = OrderRecord(
        key="A-1", public_id="ord_1", currency="CNY", zone="Asia/Shanghai", paid_at=NOON, credit="share",
        seen=CreditSeen(), would_be=None, credits=(CREDIT,), lines=lines or (make_line(),), rest=0, versions=(),
        refunds=(), deliveries=(), settled_period="",
    )  # fmt: skip
    return replace(order, **values)


def make_commission(amount_minor: int = 1361, **values: Any) -> CommissionRecord:
    commission = CommissionRecord(
        id=100, public_id="com_100", koc=LOW, credit=CREDIT.id, level=1, amount_minor=amount_minor,
        net_minor=amount_minor, settled_minor=0, is_held=False, is_void=False, made_at=NOON, approved_at=None,
        version=None, left_minor=None, bonus=None, reversals=(), reviews=(), statement_lines=(),
    )  # fmt: skip
    return replace(commission, **values)


def make_bonus(
    fixed_minor: int = 300, granted_minor: int = 300, room_minor: int | None = 1000, base_minor: int = 9900
) -> BonusRecord:
    return BonusRecord(BOUNTY, Bonus(base_minor, granted_minor, fixed_minor), room_minor)


def make_version(id: int, base_minor: int | None, *, is_first: bool = False) -> VersionRecord:
    """Version 1 stands from noon, each other an hour after the one before; without a base the line is not in it."""
    lines = () if base_minor is None else (("1", make_sold(base_minor)),)
    return VersionRecord(id, NOON + (id - 1) * HOUR, is_first, lines)


def make_refund(id: int, amount_minor: int | None, *, line: str = "1") -> RefundRecord:
    """Each a day after the one before; without an amount the order is cancelled."""
    lines = () if amount_minor is None else ((line, amount_minor),)
    return RefundRecord(id, f"R-{id}" if lines else "", amount_minor is None, NOON + id * DAY, lines)


def make_review(id: int = 1, outcome: str = "", *, is_held: bool = True) -> ReviewRecord:
    opened_at = NOON + id * HOUR
    closed_at = None if not outcome else opened_at + HOUR if is_held else opened_at
    return ReviewRecord(id, "fraud", "one device", opened_at, closed_at, outcome)


def make_delivery() -> DeliveryRecord:
    """Delivered an hour after noon, with a hold of 7 days."""
    return DeliveryRecord(NOON + HOUR, NOON + 7 * DAY)


def make_statement_line(amount_minor: int, *, is_paid: bool = False, period: str = "2026-03") -> StatementLineRecord:
    return StatementLineRecord("stm_1", period, amount_minor, is_paid, NOON + 40 * DAY if is_paid else None)
