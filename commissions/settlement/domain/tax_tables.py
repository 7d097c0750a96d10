"""Tax tables as finance writes them: parsed from text, and checked before they are used."""

import re

from commissions.settlement.domain.taxes import LABOUR_SERVICE, PLATFORM_CUMULATIVE, Bracket, TaxScale

BRACKET = re.compile(r"\s*(-|[0-9]{1,12})[\s,]+([0-9]{1,3})[\s,%]+([0-9]{1,12})\s*")


def faults_of(method: str, table: TaxScale) -> list[str]:
    """The faults of a table of a method, in words; empty when the table can be used.

    Limits rise and the last bracket has none; rates rise; the tax continues without a jump where a bracket begins and
    where the flat deduction ends; and fields that the method does not use are 0."""
    return _faults_of_deductions(method, table) + _faults_of_brackets(table)


def _faults_of_deductions(method: str, table: TaxScale) -> list[str]:
    flat, up_to = table.flat_deduction, table.flat_deduction_up_to
    checks = [
        (1 <= table.taxed_percent <= 100, "from 1 to 100 percent of the income is taxed"),
        (
            method != LABOUR_SERVICE or not table.monthly_deduction,
            f"{LABOUR_SERVICE} knows no monthly deduction: write 0",
        ),
        (
            method != PLATFORM_CUMULATIVE or not (flat or up_to),
            f"{PLATFORM_CUMULATIVE} knows no flat deduction: write 0",
        ),
        (
            method != LABOUR_SERVICE or 100 * (up_to - flat) == table.taxed_percent * up_to,
            f"{up_to} less {flat} must be {table.taxed_percent} % of {up_to}, or what is taxed would jump there",
        ),
    ]
    return [fault for holds, fault in checks if not holds]


def _faults_of_brackets(table: TaxScale) -> list[str]:
    if not table.brackets:
        return ["a table needs at least one bracket"]
    faults = [
        f"bracket {n}: {fault}"
        for n, bracket in enumerate(table.brackets, start=1)
        for fault in _faults_of_bracket(bracket)
    ]
    if table.brackets[-1].limit is not None:
        faults.append(
            f"bracket {len(table.brackets)}: the last bracket has no limit, or high incomes would have no tax"
        )
    if table.brackets[0].quick_deduction:
        faults.append("bracket 1: the first bracket has no quick deduction")
    pairs = zip(table.brackets, table.brackets[1:], strict=False)
    faults += [
        f"bracket {n}: {fault}"
        for n, (lower, upper) in enumerate(pairs, start=2)
        for fault in _faults_between(lower, upper)
    ]
    return faults


def _faults_of_bracket(bracket: Bracket) -> list[str]:
    checks = [
        (bracket.limit is None or bracket.limit > 0, "a limit is above 0"),
        (0 <= bracket.percent <= 100, "a rate is from 0 to 100 percent"),
        (bracket.quick_deduction >= 0, "a quick deduction is not below 0"),
    ]
    return [fault for holds, fault in checks if not holds]


def _faults_between(lower: Bracket, upper: Bracket) -> list[str]:
    if lower.limit is None:
        return ["stands above one without a limit"]
    faults = []
    if upper.limit is not None and upper.limit <= lower.limit:
        faults.append(f"its limit {upper.limit} is not above {lower.limit} of the one before")
    if upper.percent <= lower.percent:
        faults.append(f"its rate {upper.percent} % is not above {lower.percent} % of the one before")
    elif 100 * (upper.quick_deduction - lower.quick_deduction) != lower.limit * (upper.percent - lower.percent):
        due = (100 * lower.quick_deduction + lower.limit * (upper.percent - lower.percent)) / 100
        faults.append(
            f"its quick deduction is {upper.quick_deduction} but must be {due:g}, or the tax would jump at {lower.limit}"
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
                f"line {number}: write `limit percent quick-deduction` in whole numbers, and `-` for no limit ({line.strip()[:60]})"
            )
        limit, percent, quick = match.groups()
        brackets.append(Bracket(None if limit == "-" else int(limit), int(percent), int(quick)))
    return tuple(brackets)
