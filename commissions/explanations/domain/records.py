"""The stored values of an order and its commissions: all that its explanation is derived from.

Amounts are in the minor unit, parts and rates in basis points. Numbers of rows only join one record to another."""

from dataclasses import dataclass
from datetime import datetime

from commissions.plans.domain.bonuses import Bonus
from commissions.plans.domain.rates import CreditPart, Terms


@dataclass(frozen=True, slots=True)
class SoldLineRecord:
    """A line as it was sold. `discount_minor` is its own; its part of the order's discount is the rest of the
    difference to the base."""

    quantity: int
    unit_price_minor: int
    discount_minor: int
    base_minor: int
    is_goods: bool = True
    """False for a tip, a fee or a discount: it has no base"""


@dataclass(frozen=True, slots=True)
class KocRecord:
    id: int
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class BindingRecord:
    """The customer was bound to the credited KOC. The instants are ISO 8601; `until` is None for ever."""

    by: str
    since: str
    until: str | None


@dataclass(frozen=True, slots=True)
class CouponRecord:
    """The coupon of the order; `lacks` is why it credits nobody, and is None when it does."""

    code: str
    lacks: str | None = None


@dataclass(frozen=True, slots=True)
class CreditSeen:
    """What the credit was decided from: the credit policy of that time, the visits in its window, why nobody is
    credited. None: it played no part. `touches` are the number of the KOC of each visit of a divided credit; `is_unreadable` says
    that the buyer's phone cannot be read, `is_known` that the same person bought before as another customer."""

    model: str | None = None
    window_days: int | None = None
    visits: int | None = None
    visited_at: str | None = None
    why: str | None = None
    bound: BindingRecord | None = None
    coupon: CouponRecord | None = None
    touches: tuple[int, ...] = ()
    is_unreadable: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """A KOC's part of the credit for an order, with their tier at that time. `no_level_2` says why no sponsor is
    paid."""

    id: int
    place: int
    koc: KocRecord
    sponsor: KocRecord | None
    no_level_2: str
    share_code: str | None
    tier: str
    part: CreditPart


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule of a plan; `position` counts from 0."""

    position: int
    priority: int
    skus: tuple[str, ...]
    categories: tuple[str, ...]
    tiers: tuple[str, ...]
    channels: tuple[str, ...]
    customer: str
    rate_bps: int | None
    fixed_minor: int | None
    override_bps: int
    cap_minor: int | None

    @property
    def conditions(self) -> int:
        """How many conditions it has."""
        return sum(map(bool, (self.skus, self.categories, self.tiers, self.channels, self.customer)))


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """Why a rule won or lost; `position` is its place in the plan, from 1."""

    rule: RuleRecord
    position: int
    verdict: str


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What the rules of a plan were compared with for a line, and the verdict on each, in the plan's order."""

    plan: str
    version: int
    sku: str
    category: str
    tiers: tuple[str, ...]
    channels: tuple[str, ...]
    customer: str
    verdicts: tuple[VerdictRecord, ...]


@dataclass(frozen=True, slots=True)
class PlanRecord:
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class TermsRecord:
    """The terms of a line. `plan` is None when none was in force, `rule` when none of its rules applied; `decision` is
    None where decisions were not stored yet; `compared` are those of the other plans that were compared."""

    terms: Terms
    plan: PlanRecord | None
    protected_from: PlanRecord | None
    rule: RuleRecord | None
    decision: DecisionRecord | None
    compared: tuple[DecisionRecord, ...]


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    key: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class BonusRecord:
    """A campaign's bonus as it was granted; `room_minor` is what the total cap left for it, None where that was not
    stored."""

    campaign: CampaignRecord
    bonus: Bonus
    room_minor: int | None


@dataclass(frozen=True, slots=True)
class ReversalRecord:
    """The amount that one refund, version or review (`cause`, with its number) reversed; negative when it added."""

    cause: str
    cause_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """`outcome` is empty while it is open. The note is for staff."""

    id: int
    reason: str
    note: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class GivenBackRecord:
    """A payment of a statement that the bank made and gave back: when each happened, if that is known, and why."""

    paid_at: datetime | None
    returned_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class StatementLineRecord:
    """`paid_at` is when the bank paid the statement, if that is known; `given_back` are the payments before, in their
    order."""

    statement: str
    period: str
    amount_minor: int
    is_paid: bool
    paid_at: datetime | None
    given_back: tuple[GivenBackRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class CommissionRecord:
    """A commission as it is booked. `bonus` is None when the plan pays it; `left_minor` and `version` are what a refund
    or an amendment created it from, and are None when it was created with its order."""

    id: int
    public_id: str
    koc: KocRecord
    credit: int
    level: int
    amount_minor: int
    net_minor: int
    settled_minor: int
    is_held: bool
    is_void: bool
    made_at: datetime
    approved_at: datetime | None
    version: int | None
    left_minor: int | None
    bonus: BonusRecord | None
    reversals: tuple[ReversalRecord, ...]
    reviews: tuple[ReviewRecord, ...]
    statement_lines: tuple[StatementLineRecord, ...]
    withdrawn: tuple[datetime, ...] = ()
    """when a later delivery began its hold anew, after it was approved"""


@dataclass(frozen=True, slots=True)
class MissedBonusRecord:
    """A bonus of 0, for lack of room under the total cap (`because` is `guard`) or of budget (`budget`)."""

    credit: int
    campaign: CampaignRecord
    amount_minor: int
    because: str


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line as it is now, with its terms (None: it was not credited) and all that it earned, in the order of
    creation."""

    key: str
    sku: str
    sold: SoldLineRecord
    terms: TermsRecord | None
    commissions: tuple[CommissionRecord, ...]
    missed: tuple[MissedBonusRecord, ...]
    refunded_minor: int = 0
    """what all refunds together took of its base, as they stand now"""


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """The content of an order from a moment on; `is_first` marks the version by which the order was credited."""

    id: int
    reported_at: datetime
    is_first: bool
    lines: tuple[tuple[str, SoldLineRecord], ...]


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """Money that went back, by the keys of the lines, or without lines (`unnamed_minor`); a cancellation takes all that is
    left, and one that `is_undone` says when the refund of its key was taken back: both have no lines."""

    id: int
    key: str
    is_cancellation: bool
    refunded_at: datetime
    lines: tuple[tuple[str, int], ...]
    unnamed_minor: int = 0
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What was received when: some lines, or all (none named)."""

    delivered_at: datetime
    hold_ends_at: datetime
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order with everything that an explanation of its lines is based on. `lines` may be one of them; `rest` counts
    those that were not read."""

    key: str
    public_id: str
    currency: str
    zone: str
    paid_at: datetime
    credit: str
    """by what it is credited; empty while it waits"""
    seen: CreditSeen
    would_be: str | None
    """the name of the KOC who would have been credited, and is not"""
    credits: tuple[CreditRecord, ...]
    """the earliest touch first"""
    lines: tuple[LineRecord, ...]
    rest: int
    versions: tuple[VersionRecord, ...]
    """applied ones, the earliest first"""
    refunds: tuple[RefundRecord, ...]
    """applied ones, the earliest first"""
    deliveries: tuple[DeliveryRecord, ...]
    """the earliest hold first"""
    settled_period: str
    """the latest month that the brand settled, or empty"""

    def deliveries_of(self, line: str) -> list[DeliveryRecord]:
        """Those that a line is in: its hold runs from the last one."""
        return [delivery for delivery in self.deliveries if not delivery.lines or line in delivery.lines]

    @property
    def first_version(self) -> VersionRecord | None:
        return next((version for version in self.versions if version.is_first), None)
