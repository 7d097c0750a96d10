"""The result of deriving an order: each line, and each amount with all that leads to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from commissions.explanations.domain.records import CampaignRecord, CommissionRecord, CreditRecord, KocRecord
from commissions.explanations.domain.rule_verdicts import RuleVerdict
from commissions.explanations.domain.steps import Step
from commissions.explanations.domain.timeline import Change, Milestone


@dataclass(frozen=True, slots=True)
class AmountExplanation:
    """Why one KOC has an amount for one line at one level, or has none. `now` are the steps by what is left, where
    something happened since; `campaign` is None when the plan pays."""

    line_key: str
    level: int
    credit: CreditRecord
    koc: KocRecord | None
    campaign: CampaignRecord | None
    commission: CommissionRecord | None
    steps: Sequence[Step]
    since: Sequence[Change]
    now: Sequence[Step]
    dates: Sequence[Milestone]
    amount_minor: int
    net_minor: int
    zero_because: str
    """the step at which the amount became 0; empty when it is more"""
    adds_up: bool
    """whether the steps add up to what is booked"""


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A line with all that it earned or did not. `sku` is the one that the rules were compared with."""

    order_key: str
    key: str
    sku: str
    sold: Step
    rules: Sequence[RuleVerdict]
    amounts: Sequence[AmountExplanation]


@dataclass(frozen=True, slots=True)
class OrderExplanation:
    """An order whose amounts are derived. `rest` counts lines that are not among `lines`."""

    key: str
    public_id: str
    currency: str
    zone: str
    credit: Step
    lines: Sequence[LineExplanation]
    rest: int

    @property
    def amounts(self) -> list[AmountExplanation]:
        return [amount for line in self.lines for amount in line.amounts]

    def of_commission(self, commission: int) -> tuple[LineExplanation, AmountExplanation]:
        """The line and the amount of one of its commissions, by its number. Raises StopIteration for any other."""
        return next(
            (line, amount)
            for line in self.lines
            for amount in line.amounts
            if amount.commission is not None and amount.commission.id == commission
        )
