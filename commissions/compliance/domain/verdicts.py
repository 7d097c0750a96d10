"""The verdict on a brand's figures, by the law.

`broken`: a rule of Grove itself is violated. `look`: whether it is lawful is a question for a lawyer, who gets the
number."""

from enum import StrEnum

from commissions.compliance.domain.facts import (
    Disclosure,
    Fees,
    Levels,
    LevelTwo,
    LinePay,
    People,
    Recruiting,
    RetainedRecords,
)
from commissions.plans.domain.law import Law


class Verdict(StrEnum):
    FINE = "fine"
    LOOK = "look"
    BROKEN = "broken"


def _look_if(doubtful: bool) -> Verdict:  # noqa: FBT001
    return Verdict.LOOK if doubtful else Verdict.FINE


def _broken_if(wrong: bool) -> Verdict:  # noqa: FBT001
    return Verdict.BROKEN if wrong else Verdict.FINE


def of_people(people: People, law: Law) -> Verdict:
    """The numbers alone are no offence, but above both limits everything else must be right."""
    return _look_if(people.people >= law.criminal_people.number and people.levels >= law.criminal_levels.number)


def of_levels(levels: Levels, law: Law) -> Verdict:
    """More levels than may ever be paid, a missing constraint, or a second level that nobody acknowledged, is broken; a
    second level is to be looked at when today's text is not the one that was acknowledged, or when it was paid
    before."""
    deepest = max([levels.paid_levels, *(paid.level for paid in levels.paid)])
    pays_two = levels.paid_levels > 1 or levels.level_2 is not None
    unguarded = any(not guard.says for guard in levels.guards)
    if deepest > law.paid_levels.number or unguarded or (pays_two and not levels.acknowledged):
        return Verdict.BROKEN
    if not pays_two:
        return Verdict.FINE
    early = levels.level_2 is not None and levels.level_2.first_made_at < min(
        acknowledgement.at for acknowledgement in levels.acknowledged
    )
    latest = max(levels.acknowledged, key=lambda acknowledgement: acknowledgement.at)
    return _look_if(early or latest.version != str(law.level_2_acknowledgement.value))


def of_level_2_share(level_2: LevelTwo, law: Law) -> Verdict:
    return _look_if(level_2.share_bps > law.level_2_share_bps.number)


def of_recruiting(recruiting: Recruiting, law: Law) -> Verdict:
    """Nothing may be paid per recruit: every transfer has a permitted cause."""
    return _broken_if(recruiting.uncaused > 0 or recruiting.per_recruit_minor > law.pay_per_recruit.number)


def of_line_pay(line_pay: LinePay, law: Law) -> Verdict:
    """A line above today's cap may have been paid under an earlier, higher one: so it is to be looked at, not
    broken."""
    return _look_if(
        line_pay.over_cap > 0 or max(line_pay.highest_bps, line_pay.total_cap_bps) > law.line_pay_bps.number
    )


def of_fees(fees: Fees) -> Verdict:
    return _broken_if(fees.unexplained > 0)


def of_disclosure(disclosure: Disclosure, law: Law) -> Verdict:
    mark = str(law.disclosure.value)
    return _broken_if(disclosure.mark != mark or any(mark not in sample.marked for sample in disclosure.samples))


def of_kept(records: list[RetainedRecords]) -> Verdict:
    """Records that cannot be deleted are kept longer than any law requires."""
    return _broken_if(any(not record.is_locked for record in records))
