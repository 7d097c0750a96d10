"""Tax tables as finance writes them: parsed from text, and checked before they are used."""

import re

from commissions.settlement.domain.taxes import LABOUR_SERVICE, PLATFORM_CUMULATIVE, Bracket, TaxScale
from foundation.texts.messages import Message

BRACKET = re.compile(r"\s*(-|[0-9]{1,12})[\s,]+([0-9]{1,3})[\s,%]+([0-9]{1,12})\s*")


def faults_of(method: str, table: TaxScale) -> list[str]:
    """The faults of a table of a method, in words; empty when the table can be used.

    Limits rise and the last bracket has none; rates rise; the tax continues without a jump where a bracket begins and
    where the flat deduction ends; and fields that the method does not use are 0."""
    return _faults_of_deductions(method, table) + _faults_of_brackets(table)


def _faults_of_deductions(method: str, table: TaxScale) -> list[str]:
    flat, up_to = table.flat_deduction, table.flat_deduction_up_to
    checks = [
        (1 <= table.taxed_percent <= 100, Message("from 1 to 100 percent of the income is taxed")),
        (
            method != LABOUR_SERVICE or not table.monthly_deduction,
            Message("%(LABOUR_SERVICE)s knows no monthly deduction: write 0", LABOUR_SERVICE=LABOUR_SERVICE),
        ),
        (
            method != PLATFORM_CUMULATIVE or not (flat or up_to),
            Message(
                "%(PLATFORM_CUMULATIVE)s knows no flat deduction: write 0", PLATFORM_CUMULATIVE=PLATFORM_CUMULATIVE
            ),
        ),
        (
            method != LABOUR_SERVICE or 100 * (up_to - flat) == table.taxed_percent * up_to,
            Message(
                "%(up_to)s less %(flat)s must be %(taxed_percent)s %% of %(up_to)s, or what is taxed would jump there",
                up_to=up_to,
                flat=flat,
                taxed_percent=table.taxed_percent,
            ),
        ),
    ]
    return [fault for holds, fault in checks if not holds]


def _faults_of_brackets(table: TaxScale) -> list[str]:
    if not table.brackets:
        return [Message("a table needs at least one bracket")]
    faults: list[str] = [
        Message("bracket %(n)s: %(fault)s", n=n, fault=fault)
        for n, bracket in enumerate(table.brackets, start=1)
        for fault in _faults_of_bracket(bracket)
    ]
    if table.brackets[-1].limit is not None:
        faults.append(
            Message(
                "bracket %(number)s: the last bracket has no limit, or high incomes would have no tax",
                number=len(table.brackets),
            )
        )
    if table.brackets[0].quick_deduction:
        faults.append(Message("bracket 1: the first bracket has no quick deduction"))
    pairs = zip(table.brackets, table.brackets[1:], strict=False)
    faults += [
        Message("bracket %(n)s: %(fault)s", n=n, fault=fault)
        for n, (lower, upper) in enumerate(pairs, start=2)
        for fault in _faults_between(lower, upper)
    ]
    return faults


def _faults_of_bracket(bracket: Bracket) -> list[str]:
    checks = [
        (bracket.limit is None or bracket.limit > 0, Message("a limit is above 0")),
        (0 <= bracket.percent <= 100, Message("a rate is from 0 to 100 percent")),
        (bracket.quick_deduction >= 0, Message("a quick deduction is not below 0")),
    ]
    return [fault for holds, fault in checks if not holds]


def _faults_between(lower: Bracket, upper: Bracket) -> list[str]:
    if lower.limit is None:
        return [Message("stands above one without a limit")]
    faults: list[str] = []
    if upper.limit is not None and upper.limit <= lower.limit:
        faults.append(
            Message(
                "its limit %(limit)s is not above %(before)s of the one before", limit=upper.limit, before=lower.limit
            )
        )
    if upper.percent <= lower.percent:
        faults.append(
            Message(
                "its rate %(percent)s %% is not above %(before)s %% of the one before",
                percent=upper.percent,
                before=lower.percent,
            )
        )
    elif 100 * (upper.quick_deduction - lower.quick_deduction) != lower.limit * (upper.percent - lower.percent):
        due = (100 * lower.quick_deduction + lower.limit * (upper.percent - lower.percent)) / 100
        faults.append(
            Message(
                "its quick deduction is %(quick_deduction)s but must be %(due)s, or the tax would jump at %(limit)s",
                quick_deduction=upper.quick_deduction,
                due=f"{due:g}",
                limit=lower.limit,
            )
        )
    return faults


def brackets_of(text: str) -> tuple[Bracket, ...]:
    """Brackets as a person writes them: one line `limit percent quick-deduction` each, `-` for no limit. Raises
    ValueError with the line."""
    brackets = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = BRACKET.fullmatch(line)
        if match is None:
            raise ValueError(
                Message(
                    "line %(number)s: write `limit percent quick-deduction` in whole numbers, and `-` for no limit (%(line)s)",
                    number=number,
                    line=line.strip()[:60],
                )
            )
        limit, percent, quick = match.groups()
        brackets.append(Bracket(None if limit == "-" else int(limit), int(percent), int(quick)))
    return tuple(brackets)
