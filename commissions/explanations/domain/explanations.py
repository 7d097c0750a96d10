"""The result of deriving an order: each line, and each amount with all that leads to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from commissions.explanations.domain.records import CampaignRecord, CommissionRecord, CreditRecord, KocRecord
from commissions.explanations.domain.rule_verdicts import RuleVerdict
from commissions.explanations.domain.steps import Step, amount_of, zero_because
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

    @property
    def amount_minor(self) -> int:
        return amount_of(self.steps)

    @property
    def net_minor(self) -> int:
        return amount_of(self.now or self.steps)

    @property
    def zero_because(self) -> str:
        """The step at which the amount became 0; empty when it is more."""
        return zero_because(self.steps)

    @property
    def adds_up(self) -> bool:
        """Whether the steps add up to what is booked."""
        booked = (self.commission.amount_minor, self.commission.net_minor) if self.commission else (0, 0)
        return (self.amount_minor, self.net_minor) == booked


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
