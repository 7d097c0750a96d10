"""The permitted causes of transfers, by reason: any other transfer would be pay without a sale, and is reported as
such."""

from typing import NamedTuple


class Cause(NamedTuple):
    """The origin of a transfer (a sale, a subsidy, a write-off, or a statement of those), the noun that its `cause_id`
    refers to, and whether it may take money from a KOC."""

    origin: str
    noun: str
    takes: bool = False


CAUSES: dict[str, Cause] = {
    "accrual": Cause("sale", "commission"),
    "approval": Cause("sale", "commission"),
    "approval_withdrawn": Cause("sale", "withdrawal"),
    "reapproval": Cause("sale", "withdrawal"),
    "reversal": Cause("sale", "reversal", takes=True),
    "settlement": Cause("statement", "statement"),
    "debt_advance": Cause("statement", "statement"),
    "debt_recovery": Cause("statement", "statement"),
    "tax": Cause("statement", "statement", takes=True),
    "reopened_settlement": Cause("statement", "statement"),
    "reopened_debt_advance": Cause("statement", "statement"),
    "reopened_debt_recovery": Cause("statement", "statement"),
    "reopened_tax": Cause("statement", "statement"),
    "reopened_reversal": Cause("statement", "statement"),
    "payout": Cause("statement", "payout_line"),
    "paid": Cause("statement", "payout_line", takes=True),
    "returned": Cause("statement", "payout_line"),
    "given_back": Cause("statement", "payout_line"),
    "subsidy": Cause("subsidy", "adjustment"),
    "allocation": Cause("subsidy", "adjustment"),
    "write_off": Cause("write_off", "adjustment"),
    "grant": Cause("subsidy", "subsidy"),
    "passing": Cause("subsidy", "subsidy"),
    "expiry": Cause("subsidy", "subsidy", takes=True),
}


def origin_of(reason: str, *, takes: bool) -> str:
    """The origin of a transfer; empty for an unknown reason, and for one that takes money from a KOC but may not."""
    cause = CAUSES.get(reason)
    return cause.origin if cause and (cause.takes or not takes) else ""
