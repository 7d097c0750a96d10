"""The figures of one brand that matter to the law. Amounts in the minor unit, less reversals."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A row that a person can look up: its table, its number, and what people call it."""

    table: str
    pk: int
    text: str


@dataclass(frozen=True, slots=True)
class Tree:
    """One root KOC with everybody under them."""

    root: Named
    people: int
    levels: int


@dataclass(frozen=True, slots=True)
class People:
    """Active members by their depth in the referral forest, and the largest trees."""

    by_depth: list[int]
    trees: int
    largest: list[Tree]

    @property
    def members(self) -> int:
        return sum(self.by_depth)

    @property
    def people(self) -> int:
        """All members and the organiser, who is the brand."""
        return self.members + 1

    @property
    def levels(self) -> int:
        """The brand is the first level, KOCs without a sponsor the second."""
        return len(self.by_depth) + 1


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody acknowledged what a second paid level means. An empty text: it was not recorded what they read."""

    by: str
    at: datetime
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A constraint of the database, and its definition; empty when it does not exist."""

    name: str
    says: str


@dataclass(frozen=True, slots=True)
class PaidLevel:
    level: int
    commissions: int
    kocs: int
    net_minor: int
    first_made_at: datetime


@dataclass(frozen=True, slots=True)
class Levels:
    """How many levels the policy pays, who acknowledged the second, and what each was paid."""

    paid_levels: int
    acknowledged: list[Acknowledged]
    paid: list[PaidLevel]
    guards: list[Guard]

    @property
    def level_2(self) -> PaidLevel | None:
        return next((paid for paid in self.paid if paid.level == 2), None)


@dataclass(frozen=True, slots=True)
class Earner:
    """What one KOC earned from own sales and from those of the KOCs whom they brought."""

    koc: Named
    recruits: int
    level_1_minor: int
    level_2_minor: int


@dataclass(frozen=True, slots=True)
class LevelTwo:
    """How much of the pay is level 2, and who gets most of it."""

    level_1_minor: int
    level_2_minor: int
    mostly_level_2: int
    largest: list[Earner]

    @property
    def share_bps(self) -> int:
        whole = self.level_1_minor + self.level_2_minor
        return self.level_2_minor * 10_000 // whole if whole else 0


@dataclass(frozen=True, slots=True)
class Flow:
    """The transfers of one reason in one direction. `cause` is their origin; empty when the reason is unknown."""

    reason: str
    label: str
    giver: str
    taker: str
    cause: str
    transfers: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Uncaused:
    """A transfer that no sale, subsidy or write-off of this brand caused."""

    transfer: Named
    reason: str
    amount_minor: int
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Early:
    """A grant or allocation to a KOC soon after they joined, with their shares and orders by then. An empty giver is
    the brand."""

    koc: Named
    giver: str
    kind: str
    amount_minor: int
    days: int
    shares: int
    orders: int


@dataclass(frozen=True, slots=True)
class Recruiting:
    """How many people were brought by others, the origin of all money, transfers without a permitted cause, and what
    newcomers got of subsidies."""

    recruits: int
    flows: list[Flow]
    uncaused: int
    uncaused_minor: int
    examples: list[Uncaused]
    recruiters: list[Earner]
    early: int = 0
    early_days: int = 0
    early_examples: list[Early] = field(default_factory=list)

    @property
    def per_recruit_minor(self) -> int:
        """Pay per recruit: all money without a permitted cause. Rounded up, so that a cent shows."""
        return -(-self.uncaused_minor // self.recruits) if self.recruits else self.uncaused_minor


@dataclass(frozen=True, slots=True)
class PaidLine:
    """All pay of one order line next to what is left of its base."""

    order: Named
    line: str
    base_minor: int
    net_minor: int

    @property
    def share_bps(self) -> int:
        """Rounded up, so that the smallest excess over a limit shows."""
        return -(-self.net_minor * 10_000 // self.base_minor)


@dataclass(frozen=True, slots=True)
class LinePay:
    """The pay of order lines: how many lines are in each band of 1000 bps, the last band open, and the highest."""

    total_cap_bps: int
    bands: list[int]
    over_cap: int
    highest: list[PaidLine]

    @property
    def highest_bps(self) -> int:
        return self.highest[0].share_bps if self.highest else 0


@dataclass(frozen=True, slots=True)
class Fees:
    """What KOCs paid: every flow of money out of KOCs' wallets."""

    taken: list[Flow]

    @property
    def unexplained(self) -> int:
        return sum(flow.transfers for flow in self.taken if not flow.cause)


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest share of a channel, and the last line of what its KOC posts."""

    channel: str
    shares: int
    newest: Named
    marked: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    mark: str
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class RetainedRecords:
    """One kind of record: how many, the oldest, and whether the database refuses deletion."""

    table: str
    rows: int
    oldest: datetime | None
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Facts:
    people: People
    levels: Levels
    level_2: LevelTwo
    recruiting: Recruiting
    line_pay: LinePay
    fees: Fees
    disclosure: Disclosure
    kept: list[RetainedRecords]
