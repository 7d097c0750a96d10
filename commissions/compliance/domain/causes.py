"""What may move money, by the reason of a transfer: everything else would be pay without a sale, and is shown as
such."""

from typing import NamedTuple


class Cause(NamedTuple):
    """Where a movement comes from (a sale, a subsidy, a write-off, or a statement of those), what its `cause_id` names,
    and whether it may take from a KOC."""

    origin: str
    noun: str
    takes: bool = False


CAUSES: dict[str, Cause] = {
    "accrual": Cause("sale", "commission"),
    "approval": Cause("sale", "commission"),
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
    "subsidy": Cause("subsidy", "adjustment"),
    "allocation": Cause("subsidy", "adjustment"),
    "write_off": Cause("write_off", "adjustment"),
    "grant": Cause("subsidy", "subsidy"),
    "passing": Cause("subsidy", "subsidy"),
    "expiry": Cause("subsidy", "subsidy", takes=True),
}


def origin_of(reason: str, *, takes: bool) -> str:
    """Where a movement comes from; empty for a reason that nobody knows, and for one that takes from a KOC and may
    not."""
    cause = CAUSES.get(reason)
    return cause.origin if cause and (cause.takes or not takes) else ""
